#include "agent/platform/windows/service_program.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/path_security.h"

#include <windows.h>

namespace wta::platform {
namespace {

constexpr std::wstring_view literal = LR"(\\?\)";
constexpr std::wstring_view literal_share = LR"(\\?\UNC\)";
constexpr std::size_t longest_path = 32'768;

// As people write it.
std::wstring plain(std::wstring full) {
    if (full.starts_with(literal_share)) return full.replace(0, literal_share.size(), LR"(\\)");
    if (full.starts_with(literal)) full.erase(0, literal.size());
    return full;
}

} // namespace

Result<std::filesystem::path> real_path(const std::filesystem::path& program) {
    const std::string doing = "find out where " + quoted_path(program) + " lies";
    const auto full = full_path(program);
    if (!full) return std::unexpected(full.error());
    const Handle handle(::CreateFileW(full->c_str(), FILE_READ_ATTRIBUTES,
                                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                      OPEN_EXISTING, 0, nullptr));
    const DWORD number = ::GetLastError();
    if (!is_open(handle)) return windows_failure(doing, number);
    std::wstring real(longest_path, L'\0');
    const DWORD length = ::GetFinalPathNameByHandleW(
        handle.get(), real.data(), static_cast<DWORD>(real.size()), FILE_NAME_NORMALIZED | VOLUME_NAME_DOS);
    const DWORD why = ::GetLastError();
    if (length == 0 || length >= real.size()) return windows_failure(doing, why);
    real.resize(length);
    return std::filesystem::path(plain(std::move(real)));
}

std::optional<std::string> why_not_for_a_service(const std::filesystem::path& real) {
    const auto full = full_path(real);
    if (!full) return full.error().message;
    if (full->starts_with(literal_share)) return quoted_path(real) + " lies on another machine";
    if (::GetDriveTypeW(full->substr(0, root_length(*full)).c_str()) != DRIVE_FIXED)
        return quoted_path(real) + " lies on a drive that is not fixed to this machine";
    return who_could_redirect(real);
}

} // namespace wta::platform
