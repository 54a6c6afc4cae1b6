#include "agent/platform/file_tree.h"

#include "agent/platform/platform.h"
#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>

#include <windows.h>

#include <algorithm>

using namespace wta;
using namespace wta::test;
using platform::Entry;
using platform::FileKind;
namespace fs = std::filesystem;

TEST_CASE("what is at a path is told, and a device is neither file nor folder") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "file", "");
    CHECK(platform::kind_of(scratch.path() / "file").value() == FileKind::regular);
    CHECK(platform::kind_of(scratch.path()).value() == FileKind::folder);
    CHECK(platform::kind_of(scratch.path() / "none").value() == FileKind::nothing);
    CHECK(platform::kind_of(scratch.path() / "none" / "below").value() == FileKind::nothing);
    CHECK(platform::kind_of("NUL").value() == FileKind::other);
    CHECK(platform::kind_of(R"(\\.\pipe\none)").value() == FileKind::other);
    CHECK(platform::entry_at(scratch.path() / "FILE").value() == Entry::itself);
    CHECK(platform::entry_at(scratch.path() / "none").value() == Entry::nothing);
}

TEST_CASE("a folder's names are all there is in it") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "one", "");
    fs::create_directory(scratch.path() / L"two \u96ea");
    auto names = platform::names_in(scratch.path()).value();
    std::ranges::sort(names);
    CHECK(names == std::vector<fs::path>{L"one", L"two \u96ea"});
    CHECK(platform::names_in(scratch.path() / "none").error().code == ErrorCode::not_found);
}

TEST_CASE("where a file or a folder lies is told as people write it, in the letter case that it has") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "Folder" / "File", "");
    const auto real = platform::real_path(LR"(\\?\)" + (scratch.path() / "FOLDER" / "file").native());
    REQUIRE(real);
    CHECK(real->native().find(LR"(\\?\)") == std::wstring::npos);
    CHECK(real->filename() == "File");
    CHECK(real->parent_path() == platform::real_path(scratch.path() / "folder").value());
    CHECK(platform::real_path(scratch.path() / "none").error().code == ErrorCode::not_found);
}

TEST_CASE("the root of a volume is a folder, and what lies in it has it as its parent") {
    const auto root = platform::real_path(LR"(C:\)");
    REQUIRE(root);
    CHECK(*root == fs::path(LR"(C:\)"));
    CHECK(fs::path(LR"(C:\SOFTWARE)").parent_path() == *root);
    CHECK(platform::kind_of(LR"(C:\)").value() == FileKind::folder);
}

TEST_CASE("a path of any length and any characters has a name for libraries") {
    const ScratchFolder scratch;
    const fs::path file = scratch.path() / std::wstring(200, L'\u96ea') / L"SOFTWARE";
    const auto name = platform::name_for_libraries(file);
    REQUIRE(name);
    CHECK(name->starts_with(R"(\\?\C:\)"));
    CHECK(platform::to_wide(*name) == platform::full_path(file).value());
}

TEST_CASE("a name that would be another one in UTF-8 has none for libraries") {
    const ScratchFolder scratch;
    const auto name = platform::name_for_libraries(scratch.path() / L"\xD800" / L"SOFTWARE");
    REQUIRE(!name);
    CHECK(name.error().code == ErrorCode::invalid);
}

TEST_CASE("the hive of the running Windows is told from every other") {
    std::wstring folder(MAX_PATH, L'\0');
    folder.resize(::GetSystemWindowsDirectoryW(folder.data(), MAX_PATH));
    const fs::path config = fs::path(folder) / "System32" / "config";
    // A real Windows has it; Wine does not, and is given one for as long as the test takes.
    const bool made = platform::kind_of(config / "SOFTWARE").value() == FileKind::nothing;
    const bool folder_made = made && platform::entry_at(config).value() == Entry::nothing;
    if (made) write_text(config / "SOFTWARE", "");
    const auto own = platform::real_path(config / "SOFTWARE");
    const bool told = own && platform::is_own_software_hive(*own);
    if (made) fs::remove(config / "SOFTWARE");
    if (folder_made) fs::remove(config);
    CHECK(told);
    const ScratchFolder scratch;
    write_text(scratch.path() / "SOFTWARE", "");
    CHECK_FALSE(platform::is_own_software_hive(platform::real_path(scratch.path() / "SOFTWARE").value()));
}
