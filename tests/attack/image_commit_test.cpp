#include "agent/endpoint/image_endpoint.h"

#include "agent/platform/replacement_file.h"
#include "tests/support/child_process.h"
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

int exit_of(const Result<void>& outcome) { return outcome ? 0 : 50; }

} // namespace

TEST_CASE(
    "an ordinary user may look at a read-only image; changing it is access denied before anything is tried") {
    const SampleImage image;
    const bool folder = GENERATE(false, true);
    if (folder) {
        fs::permissions(image.hive, fs::perms(0666));
    } else {
        fs::permissions(image.folder, fs::perms(0777));
    }
    const auto child = in_child_as_nobody([&] {
        const auto endpoint = open_image(image.hive, Use::change);
        if (!endpoint || (*endpoint)->registry().get(sample_key, "Dword").value() != dword_value(7)) return 1;
        const auto begun = (*endpoint)->begin_changes();
        if (begun) return 2;
        std::fputs(begun.error().message.c_str(), stderr);
        return begun.error().code == ErrorCode::access_denied &&
                       begun.error().reason == ReasonCode::access_denied
                   ? 0
                   : 3;
    });
    CHECK(child.exit_code == 0);
    CHECK_THAT(child.err, ContainsSubstring("may not"));
    CHECK(image.bytes() == sample_hive());
}

TEST_CASE("a user who cannot give the new file its owner changes nothing") {
    const SampleImage image;
    fs::permissions(image.hive, fs::perms(0666));
    fs::permissions(image.folder, fs::perms(0777));
    const auto child = in_child_as_nobody([&] {
        const auto outcome = repair_sample(image.hive);
        return !outcome && outcome.error().code == ErrorCode::access_denied ? 0 : 1;
    });
    CHECK(child.exit_code == 0);
    CHECK(image.bytes() == sample_hive());
    CHECK(image.names() == std::vector<std::string>{"SOFTWARE"});
}

TEST_CASE("a read-only file system is told as such") {
    const SampleImage image;
    const ScratchFolder mount;
    const auto child = in_child([&] {
        const char* const target = mount.path().c_str();
        if (::mount("none", target, "tmpfs", 0, nullptr) != 0) return 90;
        write_bytes(mount.path() / "SOFTWARE", sample_hive());
        if (::mount("none", target, nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return 91;
        int result = 0;
        {
            const auto endpoint = open_image(mount.path() / "SOFTWARE", Use::change);
            const auto begun = (*endpoint)->begin_changes();
            if (begun || begun.error().code != ErrorCode::read_only ||
                begun.error().reason != ReasonCode::image_read_only)
                result = 1;
        }
        if (::umount2(target, MNT_DETACH) != 0) return 92;
        return result;
    });
    CHECK(child.exit_code == 0);
}

TEST_CASE("a full disk leaves the image as it was and nothing beside it") {
    const ScratchFolder mount;
    const auto child = in_child([&] {
        const char* const target = mount.path().c_str();
        const Bytes hive = sample_hive();
        const std::string options = "size=" + std::to_string(hive.size() + 64 * 1024);
        if (::mount("none", target, "tmpfs", 0, options.c_str()) != 0) return 90;
        write_bytes(mount.path() / "SOFTWARE", hive);
        const auto outcome = repair_sample(mount.path() / "SOFTWARE");
        int result = !outcome && outcome.error().code == ErrorCode::io ? 0 : 1;
        if (read_bytes(mount.path() / "SOFTWARE") != hive || mount.names().size() != 1) result = 2;
        if (::umount2(target, MNT_DETACH) != 0) return 92;
        return result;
    });
    CHECK(child.exit_code == 0);
}

TEST_CASE("an immutable file or folder is access denied before anything is tried") {
    const SampleImage image;
    const fs::path& path = GENERATE(false, true) ? image.folder : image.hive;
    REQUIRE(run_program({"chattr", "+i", path.string()}).exit_code == 0);
    const auto begun = image.open(Use::change)->begin_changes();
    REQUIRE(run_program({"chattr", "-i", path.string()}).exit_code == 0);
    REQUIRE(!begun);
    CHECK(begun.error().code == ErrorCode::access_denied);
    CHECK_THAT(begun.error().message, ContainsSubstring("immutable"));
}

TEST_CASE("owner, mode and extended attributes stay") {
    const SampleImage image;
    const std::string label = "kept";
    REQUIRE(::chown(image.hive.c_str(), 1234, 5678) == 0);
    REQUIRE(::setxattr(image.hive.c_str(), "user.label", label.data(), label.size(), 0) == 0);
    REQUIRE(::setxattr(image.hive.c_str(), "trusted.empty", label.data(), 0, 0) == 0);
    REQUIRE(::chmod(image.hive.c_str(), 02640) == 0);
    // Linux takes this one away when the owner changes. struct vfs_cap_data, version 2: no right at all.
    const std::array<unsigned char, 20> capability{0, 0, 0, 2};
    REQUIRE(::setxattr(image.hive.c_str(), "security.capability", capability.data(), capability.size(), 0) ==
            0);
    // A default access list of the folder must not reach the new file: default:user::rwx, user:1:rwx,
    // group::---, mask::rwx, other::---
    const std::array<unsigned char, 44> list{
        2, 0, 0,    0,    1,    0,    7,    0, 0xff, 0xff, 0xff, 0xff, 2,    0,    7,
        0, 1, 0,    0,    0,    4,    0,    0, 0,    0xff, 0xff, 0xff, 0xff, 0x10, 0,
        7, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 0,    0,    0xff, 0xff, 0xff, 0xff};
    REQUIRE(::setxattr(image.folder.c_str(), "system.posix_acl_default", list.data(), list.size(), 0) == 0);
    struct stat before{};
    REQUIRE(::stat(image.hive.c_str(), &before) == 0);
    REQUIRE(repair_sample(image.hive));
    struct stat after{};
    REQUIRE(::stat(image.hive.c_str(), &after) == 0);
    CHECK(after.st_ino != before.st_ino);
    CHECK(after.st_uid == 1234);
    CHECK(after.st_gid == 5678);
    CHECK((after.st_mode & 07777U) == 02640);
    std::array<char, 16> value{};
    CHECK(::getxattr(image.hive.c_str(), "user.label", value.data(), value.size()) == 4);
    CHECK(std::string(value.data()) == label);
    CHECK(::getxattr(image.hive.c_str(), "trusted.empty", value.data(), value.size()) == 0);
    CHECK(::getxattr(image.hive.c_str(), "security.capability", nullptr, 0) == 20);
    CHECK(::getxattr(image.hive.c_str(), "system.posix_acl_access", nullptr, 0) == -1);
}

TEST_CASE("a run killed while it verifies leaves the image as it was and the next one succeeds") {
    const SampleImage image;
    const auto killed = in_child([&] {
        auto endpoint = open_image(image.hive, Use::change);
        if (!(*endpoint)->begin_changes() || !(*endpoint)->registry().set(sample_key, "x", dword_value(1)))
            return 1;
        return exit_of((*endpoint)->commit([](Registry&) -> Result<void> {
            ::kill(::getpid(), SIGKILL);
            return {};
        }));
    });
    REQUIRE(killed.signal == SIGKILL);
    CHECK(image.bytes() == sample_hive());
    CHECK(image.names().size() == 2);
    REQUIRE(repair_sample(image.hive));
    CHECK(image.names() == std::vector<std::string>{"SOFTWARE"});
}
