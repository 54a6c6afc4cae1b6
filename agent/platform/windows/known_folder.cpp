#include "agent/platform/windows/known_folder.h"

#include "agent/platform/windows/os_error.h"

#include <windows.h>

#include <initguid.h>
#include <knownfolders.h>
#include <shlobj.h>

#include <array>
#include <cwchar>
#include <memory>

namespace wta::platform {
namespace {

struct FreeTaskMemory {
    void operator()(wchar_t* memory) const { ::CoTaskMemFree(memory); }
};

// Where the system itself looks when it sets up the environment of a user. The shell would say the same, but
// loading it takes longer than a check.
std::optional<std::wstring> program_data_of_registry() {
    std::array<wchar_t, MAX_PATH> text{};
    auto size = static_cast<DWORD>(sizeof text);
    const LSTATUS found = ::RegGetValueW(
        HKEY_LOCAL_MACHINE, L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList", L"ProgramData",
        RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, nullptr, text.data(), &size);
    std::array<wchar_t, MAX_PATH> windows{};
    const UINT length = ::GetSystemWindowsDirectoryW(windows.data(), static_cast<UINT>(windows.size()));
    if (found != ERROR_SUCCESS || length < 2 || length >= windows.size()) return std::nullopt;
    return without_variable(text.data(), std::wstring_view(windows.data(), 2));
}

Result<std::filesystem::path> program_data_of_shell() {
    wchar_t* text = nullptr;
    const HRESULT result = ::SHGetKnownFolderPath(FOLDERID_ProgramData, KF_FLAG_DEFAULT, nullptr, &text);
    const std::unique_ptr<wchar_t, FreeTaskMemory> owned(text); // to be freed also on failure
    if (FAILED(result))
        return windows_failure("ask for the folder ProgramData", static_cast<unsigned long>(result));
    return std::filesystem::path(text);
}

} // namespace

std::optional<std::wstring> without_variable(std::wstring_view text, std::wstring_view drive) {
    constexpr std::wstring_view system_drive = L"%SystemDrive%";
    std::wstring folder(text);
    if (::_wcsnicmp(folder.c_str(), system_drive.data(), system_drive.size()) == 0)
        folder.replace(0, system_drive.size(), drive);
    const bool whole = folder.size() > 3 && folder[1] == L':' && folder[2] == L'\\';
    if (!whole || folder.contains(L'%')) return std::nullopt;
    return folder;
}

Result<std::filesystem::path> program_data() {
    if (const auto folder = program_data_of_registry()) return std::filesystem::path(*folder);
    return program_data_of_shell();
}

Result<std::filesystem::path> system_folder() {
    std::array<wchar_t, MAX_PATH> text{};
    const UINT length = ::GetSystemDirectoryW(text.data(), static_cast<UINT>(text.size()));
    if (length == 0 || length >= text.size())
        return fail(ErrorCode::io, "Windows does not say where its own folder is");
    return std::filesystem::path(std::wstring_view(text.data(), length));
}

Result<std::filesystem::path> shared_folder() {
    auto folder = program_data();
    if (!folder) return folder;
    return *folder / L"WsusTrustAgent";
}

} // namespace wta::platform
