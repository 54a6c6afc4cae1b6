#include "agent/endpoint/image_file.h"

#include "tests/support/child_process.h"
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sys/stat.h>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

void check_refused(const fs::path& path, ReasonCode reason, const std::string& says) {
    const auto opened = open_image(path, Use::look);
    REQUIRE(!opened);
    CHECK(opened.error().reason == reason);
    CHECK_THAT(opened.error().message, ContainsSubstring(says));
}

} // namespace

TEST_CASE("a hive file, a volume and its config folder all lead to the hive, whatever the letter case") {
    const ScratchFolder scratch;
    const fs::path folder = scratch.path() / GENERATE("Windows/System32/config", "WINDOWS/system32/CONFIG");
    const fs::path hive = folder / GENERATE("SOFTWARE", "software");
    write_bytes(hive, sample_hive());
    CHECK(locate_image(scratch.path()).value().real == hive);
    CHECK(locate_image(folder).value().real == hive);
    CHECK(locate_image(hive).value().real == hive);
    CHECK(open_image(scratch.path(), Use::look).value()->description() ==
          EndpointDescription{EndpointKind::image, hive.string()});
}

TEST_CASE("a hive file may have any name") {
    const SampleImage image;
    fs::rename(image.hive, image.folder / "offline.hiv");
    CHECK(open_image(image.folder / "offline.hiv", Use::look));
}

TEST_CASE("symbolic links are resolved: the real file is replaced and the link stays") {
    const SampleImage image;
    const fs::path link = image.folder / "link";
    fs::create_symlink("SOFTWARE", link);
    CHECK(locate_image(link).value().real == image.hive);
    REQUIRE(repair_sample(link));
    CHECK(fs::is_symlink(link));
    CHECK(image.open()->registry().get(update_key, "AcceptTrustedPublisherCerts").value() == dword_value(1));
}

TEST_CASE("what is no image is not found, and the message says what was looked for") {
    const ScratchFolder scratch;
    const fs::path folder = scratch.path();
    check_refused(folder / "missing", ReasonCode::image_not_found, "missing");
    check_refused(folder, ReasonCode::image_not_found, "Windows/System32/config/SOFTWARE");
    fs::create_directories(folder / "Windows" / "System32");
    check_refused(folder, ReasonCode::image_not_found, "has no \"config\"");
    fs::create_directories(folder / "Windows" / "System32" / "config" / "SOFTWARE");
    check_refused(folder, ReasonCode::image_not_found, "not a regular file");
    fs::create_symlink("nowhere", folder / "dangling");
    check_refused(folder / "dangling", ReasonCode::image_not_found, "dangling");
    fs::create_symlink("circle", folder / "circle");
    check_refused(folder / "circle", ReasonCode::image_not_found, "circle");
}

TEST_CASE("two spellings of a folder, none of them Windows' own, are not guessed between") {
    const ScratchFolder scratch;
    write_bytes(scratch.path() / "WINDOWS/System32/config/SOFTWARE", sample_hive());
    fs::create_directories(scratch.path() / "windows");
    check_refused(scratch.path(), ReasonCode::image_not_found, "there are both");
    write_bytes(scratch.path() / "Windows/System32/config/SOFTWARE", sample_hive());
    CHECK(locate_image(scratch.path()).value().real == scratch.path() / "Windows/System32/config/SOFTWARE");
}

TEST_CASE("a pipe, a socket or a device is refused at once") {
    const ScratchFolder scratch;
    const fs::path pipe = scratch.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0644) == 0);
    check_refused(pipe, ReasonCode::image_not_found, "not a regular file");
    check_refused("/dev/zero", ReasonCode::image_not_found, "not a regular file");
    const fs::path socket = scratch.path() / "socket";
    REQUIRE(::mknod(socket.c_str(), S_IFSOCK | 0644U, 0) == 0);
    check_refused(socket, ReasonCode::image_not_found, "not a regular file");
}

TEST_CASE("a hive that may not be read is access denied, not missing") {
    const SampleImage image;
    const bool folder = GENERATE(false, true);
    fs::permissions(folder ? image.folder : image.hive, fs::perms(0600));
    const auto child = in_child_as_nobody([&] {
        const auto opened = open_image(image.hive, Use::look);
        return !opened && opened.error().code == ErrorCode::access_denied &&
                       opened.error().reason == ReasonCode::access_denied
                   ? 1
                   : 0;
    });
    CHECK(child.exit_code == 1);
}

TEST_CASE("another hive is refused by what it looks like") {
    const auto [subkeys, says] = GENERATE(table<std::vector<std::string>, std::string>({
        {{"Software", "Control Panel", "Environment"}, "NTUSER.DAT"},
        {{"Select", "ControlSet001", "MountedDevices"}, "SYSTEM"},
        {{"SAM"}, "SAM"},
        {{"Policy", "RXACT"}, "SECURITY"},
        {{"Objects", "Description"}, "BCD"},
        {{"Something"}, "another hive"},
    }));
    HiveKey root{"ROOT", {}, {}};
    for (const std::string& name : subkeys) root.subkeys.push_back({name, {}, {}});
    const SampleImage image(make_hive(root));
    check_refused(image.hive, ReasonCode::image_not_software, says);
}

TEST_CASE("a hive without any key and one with Policies only are SOFTWARE hives") {
    CHECK(open_image(SampleImage(make_hive({"ROOT", {}, {}})).hive, Use::look));
    CHECK(open_image(SampleImage(make_hive({"ROOT", {}, {{"Policies", {}, {}}}})).hive, Use::look));
}

TEST_CASE("a hive with newer data in a log beside it is dirty; with a stale, empty or other hive's log it is "
          "clean") {
    const SampleImage image;
    const std::string name = GENERATE("SOFTWARE.LOG", "SOFTWARE.LOG1", "software.log2");
    SECTION("entries, newer") {
        write_bytes(image.folder / name, log_with_entries({sample_sequence, sample_sequence + 1}));
        check_refused(image.hive, ReasonCode::image_dirty, "shutdown /s");
        check_refused(image.hive, ReasonCode::image_dirty, name);
    }
    SECTION("dirty pages, newer") {
        write_bytes(image.folder / name, log_with_dirty_pages(sample_sequence + 1, true));
        check_refused(image.hive, ReasonCode::image_dirty, name);
    }
    SECTION("stale") {
        write_bytes(image.folder / name, log_with_entries({sample_sequence - 1, sample_sequence}));
        CHECK(open_image(image.hive, Use::look));
    }
    SECTION("empty") {
        write_bytes(image.folder / name, {});
        CHECK(open_image(image.hive, Use::look));
    }
    SECTION("of another hive") {
        write_bytes(image.folder / "SYSTEM.LOG1", log_with_entries({sample_sequence + 1}));
        write_bytes(image.folder / "SOFTWARE.LOG1.bak", log_with_entries({sample_sequence + 1}));
        CHECK(open_image(image.hive, Use::look));
    }
    SECTION("through a link, the logs beside the real file count") {
        write_bytes(image.folder / name, log_with_entries({sample_sequence + 1}));
        const ScratchFolder elsewhere;
        fs::create_symlink(image.hive, elsewhere.path() / "SOFTWARE");
        check_refused(elsewhere.path() / "SOFTWARE", ReasonCode::image_dirty, name);
    }
}

TEST_CASE("a log that may not be read is no proof of a clean hive") {
    const SampleImage image;
    write_bytes(image.folder / "SOFTWARE.LOG1", log_with_entries({sample_sequence}));
    fs::permissions(image.folder / "SOFTWARE.LOG1", fs::perms::none);
    fs::permissions(image.hive, fs::perms(0644));
    const auto child = in_child_as_nobody([&] {
        const auto opened = open_image(image.hive, Use::look);
        return !opened && opened.error().reason == ReasonCode::access_denied ? 0 : 1;
    });
    CHECK(child.exit_code == 0);
}

TEST_CASE("a hive above the limit is not even mapped") {
    const SampleImage image;
    fs::resize_file(image.hive, hive_size_limit + 1);
    check_refused(image.hive, ReasonCode::image_damaged, "are not read");
}

TEST_CASE("a log that is a pipe is none, and is not waited for") {
    const SampleImage image;
    REQUIRE(::mkfifo((image.folder / "SOFTWARE.LOG1").c_str(), 0644) == 0);
    const auto child = in_child([&] { return open_image(image.hive, Use::look) ? 0 : 1; });
    CHECK(child.exit_code == 0);
}
