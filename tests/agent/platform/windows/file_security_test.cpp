#include "agent/platform/windows/file_security.h"

#include "agent/platform/windows/full_path.h"
#include "tests/support/protected_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

#include <algorithm>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::examine;
using platform::PathRole;

namespace {

std::wstring full(const std::filesystem::path& path) { return platform::full_path(path).value(); }

std::string who(const std::filesystem::path& path, PathRole role) {
    const auto examined = examine(full(path));
    REQUIRE(examined);
    return platform::who_could_change(full(path), *examined, role).value_or("nobody");
}

} // namespace

TEST_CASE("owner and access list are read as they were set") {
    const ProtectedFile here;
    set_access(here.file, L"D:P(A;;FA;;;SY)(A;;FR;;;WD)");
    const auto examined = examine(full(here.file));
    REQUIRE(examined);
    CHECK(!examined->is_folder);
    CHECK(!examined->is_reparse_point);
    CHECK(examined->rules.owner.starts_with("S-1-5-"));
    CHECK(examined->rules.has_list);
    const auto everyone = std::ranges::find(examined->rules.entries, "S-1-1-0", &platform::AccessEntry::sid);
    REQUIRE(everyone != examined->rules.entries.end());
    CHECK((everyone->rights & FILE_READ_DATA) != 0);
    CHECK((everyone->rights & FILE_WRITE_DATA) == 0);
}

TEST_CASE("a protected file and its folder can be changed by nobody else") {
    const ProtectedFile here;
    CHECK(who(here.file, PathRole::file) == "nobody");
    CHECK(who(here.folder, PathRole::folder) == "nobody");
}

TEST_CASE("who may write a file or a folder is named in a sentence") {
    const ProtectedFile here;
    set_access(here.file, everyone_may_write);
    CHECK_THAT(who(here.file, PathRole::file), ContainsSubstring("agent.yaml\" can be changed by Everyone"));
    set_access(here.folder, everyone_may_write);
    CHECK_THAT(who(here.folder, PathRole::folder),
               ContainsSubstring("folder \"") && ContainsSubstring("Everyone"));
}

TEST_CASE("what is not there cannot be examined") {
    const ProtectedFile here;
    const auto missing = examine(full(here.folder / "missing"));
    REQUIRE(!missing);
    CHECK(missing.error().code == ErrorCode::not_found);
    CHECK_THAT(missing.error().message, ContainsSubstring("cannot be examined"));
}
