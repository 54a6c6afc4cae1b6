#include "agent/platform/platform.h"

#include "agent/platform/windows/known_folder.h"
#include "tests/support/protected_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

ErrorCode code_of(const fs::path& file) { return platform::read_file(file, 100).error().code; }

} // namespace

TEST_CASE("whoever can write the machine's stores is elevated") { // as Wine's user always is
    HKEY key = nullptr;
    const LSTATUS opened =
        ::RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE", 0, KEY_WRITE | KEY_WOW64_64KEY, &key);
    if (opened == ERROR_SUCCESS) ::RegCloseKey(key);
    CHECK(platform::is_elevated() == (opened == ERROR_SUCCESS));
}

TEST_CASE("a path becomes absolute as Windows completes it, in the way that people write it") {
    const fs::path working = fs::current_path();
    CHECK(platform::absolute_path(L"a\\..\\b.yaml") == working / "b.yaml");
    CHECK(platform::absolute_path(L"c:/a/./b") == L"c:\\a\\b");
    CHECK(platform::absolute_path(L"\\\\server\\share\\a\\..\\b") == L"\\\\server\\share\\b");
    CHECK(platform::absolute_path(L"//server/share/b") == L"\\\\server\\share\\b");
    CHECK(platform::absolute_path(L"\\\\?\\UNC\\server\\share\\b") == L"\\\\server\\share\\b");
    CHECK(platform::absolute_path(L"NUL") == L"NUL");
    CHECK(platform::absolute_path(L"").empty());
    CHECK(platform::absolute_name(L"//server/share/Größe") == "\\\\server\\share\\Größe");
}

TEST_CASE("a path is full when no working folder and no current drive completes it") {
    for (const wchar_t* full :
         {L"C:\\a", L"c:/a", L"\\\\server\\share\\a", L"//server/share/a", L"\\\\?\\C:\\a"})
        CHECK(platform::is_full_path(full));
    for (const wchar_t* part : {L"", L"a", L"a\\b", L"\\a", L"/a", L"C:a", L"\\\\"})
        CHECK(!platform::is_full_path(part));
}

TEST_CASE("a settings file that others can write is told") {
    const ProtectedFile here;
    CHECK(platform::writable_by_others(here.file) == std::nullopt);
    set_access(here.file, everyone_may_write);
    CHECK_THAT(platform::writable_by_others(here.file).value_or(""), ContainsSubstring("Everyone"));
}

TEST_CASE("a file that others can read is told") {
    const ProtectedFile here;
    set_access(here.file, only_administrators); // who lets everyone read
    CHECK_THAT(platform::readable_by_others(here.file).value_or(""),
               ContainsSubstring("agent.yaml\" can be read by Everyone"));
    set_access(here.file, L"D:P(A;;FA;;;SY)(A;;FA;;;BA)");
    CHECK(platform::readable_by_others(here.file) == std::nullopt);
    CHECK_THAT(platform::readable_by_others(here.folder / "missing").value_or(""),
               ContainsSubstring("cannot be examined"));
}

TEST_CASE("a file is read as it is, up to the limit") {
    const ProtectedFile here;
    write_text(here.file, "mode: audit\r\n\x1A\n");
    CHECK(platform::read_file(here.file, 15).value() == "mode: audit\r\n\x1A\n");
    CHECK(platform::read_file(here.file, 14).error().code == ErrorCode::too_large);
}

TEST_CASE("a file of many blocks is read to its end") {
    const ProtectedFile here;
    const std::string content(100'000, 'x');
    write_text(here.file, content);
    CHECK(platform::read_file(here.file, content.size()).value() == content);
}

TEST_CASE("a file is read although others have it open, and may be replaced meanwhile") {
    const ProtectedFile here;
    const HANDLE open = ::CreateFileW(here.file.c_str(), GENERIC_READ | GENERIC_WRITE,
                                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                      OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    REQUIRE(open != INVALID_HANDLE_VALUE);
    CHECK(platform::read_file(here.file, 100));
    ::CloseHandle(open);
}

TEST_CASE("a file that somebody keeps for himself is busy") {
    const ProtectedFile here;
    const HANDLE open = ::CreateFileW(here.file.c_str(), GENERIC_READ, 0, nullptr, OPEN_EXISTING,
                                      FILE_ATTRIBUTE_NORMAL, nullptr);
    REQUIRE(open != INVALID_HANDLE_VALUE);
    CHECK(code_of(here.file) == ErrorCode::busy);
    ::CloseHandle(open);
}

TEST_CASE("what is no regular file is refused, each with its code") {
    const ProtectedFile here;
    CHECK(code_of(here.folder / "missing") == ErrorCode::not_found);
    CHECK(code_of(here.folder / "missing" / "file") == ErrorCode::not_found);
    CHECK(code_of("") == ErrorCode::not_found);
    CHECK(code_of(here.folder) == ErrorCode::invalid);
    const wchar_t* device =
        GENERATE(L"NUL", L"COM1", L"\\\\.\\C:", L"\\\\.\\PhysicalDrive0", L"\\\\?\\GLOBALROOT\\Device\\Null");
    CHECK(code_of(device) == ErrorCode::invalid);
}

TEST_CASE("a file with a long path in another script is read") {
    const ProtectedFile here;
    fs::path deep = L"\\\\?\\" + here.folder.native();
    for (int i = 0; i < 6; ++i) {
        deep /= std::wstring(60, L'証');
        REQUIRE(::CreateDirectoryW(deep.c_str(), nullptr) != 0);
    }
    const fs::path file = deep / L"agent.yaml";
    REQUIRE(::CopyFileW(here.file.c_str(), file.c_str(), TRUE) != 0);
    CHECK(platform::read_file(file.native().substr(4), 100).value() == "mode: audit\n");
}

TEST_CASE("a pipe is not even opened") {
    const HANDLE pipe = ::CreateNamedPipeW(L"\\\\.\\pipe\\wsus-trust-agent-test", PIPE_ACCESS_DUPLEX,
                                           PIPE_TYPE_BYTE | PIPE_NOWAIT, 1, 0, 0, 0, nullptr);
    REQUIRE(pipe != INVALID_HANDLE_VALUE);
    CHECK(code_of(L"\\\\.\\pipe\\wsus-trust-agent-test") == ErrorCode::invalid);
    CHECK(::ConnectNamedPipe(pipe, nullptr) == 0);
    CHECK(::GetLastError() == ERROR_PIPE_LISTENING); // nobody came
    ::CloseHandle(pipe);
}

TEST_CASE("the program knows its own path and the computer's name") {
    CHECK(fs::is_regular_file(platform::executable_path()));
    CHECK(platform::executable_path().is_absolute());
    wchar_t name[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD size = MAX_COMPUTERNAME_LENGTH + 1;
    REQUIRE(::GetComputerNameW(name, &size) != 0);
    CHECK(platform::computer_name() == fs::path(name).string());
}

TEST_CASE("the settings of all users lie in the folder of the agent") {
    CHECK(platform::shared_settings_file() == platform::shared_folder().value() / "agent.yaml");
}
