#include "agent/platform/windows/state_folder.h"

#include "agent/platform/windows/file_security.h"
#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/known_folder.h"
#include "agent/platform/windows/os_error.h"

#include <windows.h>

#include <sddl.h>

namespace wta::platform {
namespace {

// Owner Administrators, group SYSTEM; nothing inherited; SYSTEM and Administrators may do everything, here
// and below.
constexpr const wchar_t* protection = L"O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

std::unexpected<Error> not_protected(const std::string& sentence) {
    return refuse(ReasonCode::state_folder_not_protected, sentence, ErrorCode::unusable);
}

// Says what helps when a right is missing.
std::unexpected<Error> explained(Error error) {
    if (error.code == ErrorCode::access_denied) {
        error.reason = ReasonCode::access_denied;
        error.message += "; run it elevated, as an administrator";
    }
    return std::unexpected(std::move(error));
}

Result<void> create_protected(const std::wstring& full, const std::filesystem::path& folder) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(protection, SDDL_REVISION_1, &descriptor,
                                                               nullptr) == 0)
        return windows_failure("make an access list", ::GetLastError());
    const LocalMemory<void> owned(descriptor);
    SECURITY_ATTRIBUTES attributes{
        .nLength = sizeof(SECURITY_ATTRIBUTES), .lpSecurityDescriptor = descriptor, .bInheritHandle = FALSE};
    if (::CreateDirectoryW(full.c_str(), &attributes) != 0) return {};
    const DWORD number = ::GetLastError();
    if (number == ERROR_ALREADY_EXISTS) return {}; // who made it is looked at next
    return explained(windows_failure("create folder " + quoted_path(folder), number).error());
}

} // namespace

Result<void> ensure_protected_folder(const std::filesystem::path& folder) {
    const auto full = full_path(folder);
    if (!full) return std::unexpected(full.error());
    WTA_TRY(create_protected(*full, folder));
    const auto examined = examine(*full);
    if (!examined) return explained(examined.error());
    if (examined->is_reparse_point) return not_protected(quoted_path(folder) + " is a link");
    if (!examined->is_folder) return not_protected(quoted_path(folder) + " is no folder");
    if (const auto who = who_could_change(*full, *examined, PathRole::folder)) return not_protected(*who);
    return {};
}

Result<void> check_plain_file(const std::filesystem::path& file) {
    const auto full = full_path(file);
    if (!full) return std::unexpected(full.error());
    const auto examined = examine(*full);
    if (!examined && examined.error().code == ErrorCode::not_found) return {};
    if (!examined) return explained(examined.error());
    if (examined->is_reparse_point) return not_protected(quoted_path(file) + " is a link");
    if (examined->is_folder) return not_protected(quoted_path(file) + " is a folder");
    return {};
}

Result<std::filesystem::path> protected_state_folder() {
    auto folder = shared_folder();
    if (!folder) return folder;
    WTA_TRY(ensure_protected_folder(*folder));
    return folder;
}

} // namespace wta::platform
