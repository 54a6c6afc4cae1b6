#include "agent/platform/windows/state_folder.h"

#include "agent/platform/windows/file_security.h"
#include "agent/platform/windows/full_path.h"
#include "tests/support/protected_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::ensure_protected_folder;

namespace {

void check_refused(const std::filesystem::path& folder, const std::string& why) {
    const auto ensured = ensure_protected_folder(folder);
    REQUIRE(!ensured);
    CHECK(ensured.error().reason == ReasonCode::state_folder_not_protected);
    CHECK(ensured.error().code == ErrorCode::unusable);
    CHECK_THAT(ensured.error().message, ContainsSubstring(why));
}

} // namespace

TEST_CASE("a missing state folder is created, closed to ordinary users") {
    const ProtectedFile here;
    const auto folder = here.folder / "state";
    REQUIRE(ensure_protected_folder(folder));
    const auto examined = platform::examine(platform::full_path(folder).value());
    REQUIRE(examined);
    CHECK(examined->is_folder);
    for (const platform::AccessEntry& entry : examined->rules.entries) {
        CHECK(entry.sid != "S-1-1-0");      // Everyone
        CHECK(entry.sid != "S-1-5-32-545"); // Users
    }
}

TEST_CASE("the state folder that is there and protected is used again") {
    const ProtectedFile here;
    const auto folder = here.folder / "state";
    REQUIRE(ensure_protected_folder(folder));
    write_text(folder / "kept", "");
    CHECK(ensure_protected_folder(folder));
    CHECK(std::filesystem::exists(folder / "kept"));
}

TEST_CASE("a state folder that others can write is refused, not mended") {
    const ProtectedFile here;
    const auto folder = here.folder / "state";
    std::filesystem::create_directory(folder);
    set_access(folder, everyone_may_write);
    check_refused(folder, "Everyone");
    check_refused(folder, "Everyone");
}

TEST_CASE("a file in the place of the state folder is refused") {
    const ProtectedFile here;
    check_refused(here.file, "no folder");
}

TEST_CASE("a file of our own folder is written on only when it is a plain one") {
    const ProtectedFile here;
    CHECK(platform::check_plain_file(here.folder / "absent.log"));
    CHECK(platform::check_plain_file(here.file));
    const auto refused = platform::check_plain_file(here.folder);
    REQUIRE(!refused);
    CHECK(refused.error().reason == ReasonCode::state_folder_not_protected);
}
