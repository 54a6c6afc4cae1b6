#include "agent/platform/windows/full_path.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <windows.h>

using namespace wta;

namespace {

ErrorCode code_of(const wchar_t* path) { return platform::full_path(path).error().code; }

} // namespace

TEST_CASE("a path becomes absolute, without dots, and is taken literally from then on") {
    CHECK(platform::full_path(L"C:\\a\\.\\b\\..\\c.yaml").value() == L"\\\\?\\C:\\a\\c.yaml");
    CHECK(platform::full_path(L"c:/a/b").value() == L"\\\\?\\c:\\a\\b");
    CHECK(platform::full_path(L"\\\\server\\share\\a\\..\\b").value() == L"\\\\?\\UNC\\server\\share\\b");
    CHECK(platform::full_path(L"\\\\?\\C:\\a").value() == L"\\\\?\\C:\\a");
    CHECK(platform::full_path(L"\\\\?\\UNC\\server\\share\\a").value() == L"\\\\?\\UNC\\server\\share\\a");
}

TEST_CASE("a relative path is completed with the working folder") {
    const auto full = platform::full_path(L"a.yaml");
    REQUIRE(full);
    CHECK(std::filesystem::path(full->substr(4)).parent_path() == std::filesystem::current_path());
}

TEST_CASE("a path may be longer than MAX_PATH") {
    const std::wstring path = L"C:\\" + std::wstring(200, L'a') + L"\\" + std::wstring(200, L'b');
    CHECK(platform::full_path(path).value() == L"\\\\?\\" + path);
}

TEST_CASE("a device is never taken for a file, however it is spelled") {
    const wchar_t* path =
        GENERATE(L"NUL", L"nul", L"COM1", L"CON", L"\\\\.\\PhysicalDrive0", L"//./C:/agent.yaml",
                 L"\\\\.\\pipe\\x", L"\\\\?\\GLOBALROOT\\Device\\Null", L"//?/GLOBALROOT/Device/Null",
                 L"\\\\?\\pipe\\x", L"\\\\?\\PhysicalDrive0");
    CHECK(code_of(path) == ErrorCode::invalid);
}

TEST_CASE("no path at all is not found") { CHECK(code_of(L"") == ErrorCode::not_found); }

TEST_CASE("the root of a path is its volume or share") {
    const auto root = [](std::wstring_view full) { return full.substr(0, platform::root_length(full)); };
    CHECK(root(L"\\\\?\\C:\\a\\b") == L"\\\\?\\C:\\");
    CHECK(root(L"\\\\?\\UNC\\server\\share\\a") == L"\\\\?\\UNC\\server\\share\\");
    CHECK(root(L"\\\\?\\UNC\\server\\share") == L"\\\\?\\UNC\\server\\share");
    CHECK(root(L"\\\\?\\UNC\\server") == L"\\\\?\\UNC\\server");
    CHECK(root(L"\\\\?\\Volume{0}\\a") == L"\\\\?\\Volume{0}\\");
}

TEST_CASE("people see a path as they write it") {
    CHECK(platform::quoted_path(L"\\\\?\\C:\\Größe") == "\"C:\\Größe\"");
    CHECK(platform::quoted_path(L"\\\\?\\UNC\\server\\share") == "\"\\\\server\\share\"");
    CHECK(platform::quoted_path(L"C:\\a\x202E"
                                L"b") == "\"C:\\a\\u{202E}b\"");
}

TEST_CASE("what Windows found has a path only where that leads back to it") {
    CHECK(platform::path_of_literal(LR"(\\?\C:\folder\file)").value() == LR"(C:\folder\file)");
    CHECK(platform::path_of_literal(LR"(\\?\UNC\server\share\file)").value() == LR"(\\server\share\file)");
    const std::wstring volume = LR"(\\?\Volume{b75e2c83-0000-0000-0000-602f00000000}\file)";
    CHECK(platform::path_of_literal(volume).value() == volume);
    for (const wchar_t* const another : {LR"(\\?\C:\folder.\file)", LR"(\\?\C:\file )", LR"(\\?\C:\file.)"})
        CHECK(platform::path_of_literal(another).error().code == ErrorCode::invalid);
}
