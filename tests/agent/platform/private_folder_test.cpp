#include "agent/platform/private_folder.h"

#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace wta;
using namespace wta::platform;
using wta::test::ScratchFolder;
using wta::test::write_text;

namespace {

unsigned mode_of(const std::filesystem::path& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

void check_refused(const std::filesystem::path& folder, std::string_view why) {
    const auto made = ensure_private_folder(folder);
    REQUIRE_FALSE(made);
    CHECK(made.error().reason == ReasonCode::state_folder_not_protected);
    CHECK(made.error().message.contains(why));
}

} // namespace

TEST_CASE("a private folder that is missing is made for its owner alone, and then accepted") {
    const ScratchFolder scratch;
    const auto folder = scratch.path() / "spool";
    REQUIRE(ensure_private_folder(folder));
    CHECK(mode_of(folder) == 0700);
    CHECK(ensure_private_folder(folder));
}

TEST_CASE("a folder that others can write, or a link, is not private") {
    const ScratchFolder scratch;
    const auto folder = scratch.path() / "spool";
    REQUIRE(ensure_private_folder(folder));
    REQUIRE(::chmod(folder.c_str(), 0777) == 0);
    check_refused(folder, "can be changed by every user");
    REQUIRE(::chmod(folder.c_str(), 0700) == 0);

    std::filesystem::create_directory_symlink(folder, scratch.path() / "link");
    check_refused(scratch.path() / "link", "is a link");
    write_text(scratch.path() / "file", "");
    check_refused(scratch.path() / "file", "is no folder");
}

TEST_CASE("a folder is not private where others can put another one in its place") {
    const ScratchFolder scratch;
    const auto parent = scratch.path() / "parent";
    REQUIRE(ensure_private_folder(parent));
    REQUIRE(ensure_private_folder(parent / "spool"));
    REQUIRE(::chmod(parent.c_str(), 0777) == 0);
    check_refused(parent / "spool", "can be changed by every user");
}

TEST_CASE("the parent of a private folder is not made") {
    const ScratchFolder scratch;
    const auto made = ensure_private_folder(scratch.path() / "missing" / "spool");
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::not_found);
}
