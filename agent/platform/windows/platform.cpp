#define _CRT_RAND_S // gives rand_s()
#include "agent/platform/platform.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/known_folder.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/path_security.h"
#include "agent/platform/windows/token.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <array>
#include <cstdlib>

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_path = 32'768;

std::unexpected<Error> not_regular(const fs::path& file) {
    return fail(ErrorCode::invalid, quoted_path(file) + " is not a regular file");
}

// A server that is behind a pipe, by accident or not, may see who we are, but not act as we.
Handle open_to_read(const std::wstring& full) {
    return Handle(::CreateFileW(
        full.c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
        OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
        nullptr)); // backup semantics: a folder opens, and is then seen to be one
}

Result<void> check_is_regular(const Handle& handle, const fs::path& file) {
    if (::GetFileType(handle.get()) != FILE_TYPE_DISK) return not_regular(file);
    FILE_STANDARD_INFO info{};
    if (::GetFileInformationByHandleEx(handle.get(), FileStandardInfo, &info, sizeof info) == 0)
        return windows_failure("examine " + quoted_path(file), ::GetLastError());
    if (info.Directory != 0) return not_regular(file);
    return {};
}

} // namespace

bool is_elevated() { return token_is_elevated(); }

std::optional<std::string> writable_by_others(const fs::path& file) { return who_could_redirect(file); }

std::optional<std::string> readable_by_others(const fs::path& file) { return who_could_read(file); }

fs::path executable_path() {
    std::wstring path(longest_path, L'\0');
    const DWORD length = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    path.resize(length);
    return path;
}

std::optional<fs::path> shared_settings_file() {
    const auto folder = shared_folder();
    if (!folder) return std::nullopt;
    return *folder / L"agent.yaml";
}

std::string computer_name() {
    std::array<wchar_t, 256> name{};
    auto size = static_cast<DWORD>(name.size());
    if (::GetComputerNameExW(ComputerNamePhysicalNetBIOS, name.data(), &size) == 0) return {};
    return from_wide({name.data(), size});
}

fs::path absolute_path(const fs::path& typed) {
    const auto full = full_path(typed);
    if (!full) return typed;
    return path_of_literal(*full).value_or(typed);
}

std::string absolute_name(const fs::path& typed) { return from_wide(absolute_path(typed).native()); }

bool is_full_path(const fs::path& path) {
    const std::wstring& text = path.native();
    const auto is_slash = [](wchar_t c) { return c == L'\\' || c == L'/'; };
    const bool names_a_server = text.size() > 2 && is_slash(text[0]) && is_slash(text[1]);
    return names_a_server || path.is_absolute();
}

bool can_read_shares() { return true; }

void fill_randomly(std::span<std::byte> bytes) {
    for (std::byte& byte : bytes) {
        unsigned int number = 0; // of the C library, because BCryptGenRandom would load a library for it
        if (::rand_s(&number) != 0) number = 0;
        byte = static_cast<std::byte>(number & 0xFFU);
    }
}

Result<std::string> read_file(const fs::path& file, std::size_t limit) {
    const auto full = full_path(file);
    if (!full) return std::unexpected(full.error());
    const Handle handle = open_to_read(*full);
    const DWORD number = ::GetLastError();
    if (!is_open(handle)) return windows_failure("open " + quoted_path(file), number);
    WTA_TRY(check_is_regular(handle, file));

    std::string content;
    std::array<char, 16 * 1024> buffer{};
    while (content.size() <= limit) {
        DWORD count = 0;
        if (::ReadFile(handle.get(), buffer.data(), static_cast<DWORD>(buffer.size()), &count, nullptr) == 0)
            return windows_failure("read " + quoted_path(file), ::GetLastError());
        if (count == 0) return content;
        content.append(buffer.data(), count);
    }
    return fail(ErrorCode::too_large,
                quoted_path(file) + " is larger than " + std::to_string(limit) + " bytes");
}

Terminal standard_output() {
    const HANDLE console = ::GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD mode = 0;
    if (::GetConsoleMode(console, &mode) == 0) return {};
    Terminal terminal{
        .is_terminal = true, .colors = (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0, .width = 0};
    CONSOLE_SCREEN_BUFFER_INFO info{};
    if (::GetConsoleScreenBufferInfo(console, &info) != 0)
        terminal.width = info.srWindow.Right - info.srWindow.Left + 1;
    return terminal;
}

} // namespace wta::platform
