#include "agent/platform/windows/kept_security.h"

#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/token.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <sddl.h>

#include <cstddef>
#include <vector>

namespace wta::platform {
namespace {

constexpr SECURITY_INFORMATION always_kept =
    OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;

// To give a file to somebody else (SeRestorePrivilege), which administrators hold and do not use by default.
// While the object lives; without effect where it is not held.
class RightToGiveAway {
public:
    RightToGiveAway() {
        HANDLE token = nullptr;
        if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token) == 0)
            return;
        token_.reset(token);
        TOKEN_PRIVILEGES wanted{.PrivilegeCount = 1, .Privileges = {}};
        if (::LookupPrivilegeValueW(nullptr, SE_RESTORE_NAME, &wanted.Privileges[0].Luid) == 0) return;
        wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
        DWORD size = sizeof before_;
        ::AdjustTokenPrivileges(token, FALSE, &wanted, sizeof before_, &before_, &size);
    }
    ~RightToGiveAway() {
        if (before_.PrivilegeCount > 0)
            ::AdjustTokenPrivileges(token_.get(), FALSE, &before_, 0, nullptr, nullptr);
    }
    RightToGiveAway(const RightToGiveAway&) = delete;
    RightToGiveAway& operator=(const RightToGiveAway&) = delete;

private:
    Handle token_;
    TOKEN_PRIVILEGES before_{}; // what was changed
};

Result<std::vector<std::byte>> descriptor_of(const Handle& file, SECURITY_INFORMATION what) {
    std::vector<std::byte> descriptor(1024);
    for (;;) {
        DWORD needed = 0;
        const auto size = static_cast<DWORD>(descriptor.size());
        if (::GetKernelObjectSecurity(file.get(), what, descriptor.data(), size, &needed) != 0)
            return descriptor;
        const DWORD number = ::GetLastError();
        if (number != ERROR_INSUFFICIENT_BUFFER || needed <= size)
            return windows_failure("read its access list", number);
        descriptor.resize(needed);
    }
}

} // namespace

Result<LocalMemory<void>> for_this_user_only() {
    // LocalSystem is no user to own_user().
    const std::wstring user = to_wide(own_user().value_or("S-1-5-18"));
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (::ConvertStringSecurityDescriptorToSecurityDescriptorW((L"D:P(A;;FA;;;" + user + L")").c_str(),
                                                               SDDL_REVISION_1, &descriptor, nullptr) == 0)
        return windows_failure("make an access list", ::GetLastError());
    return LocalMemory<void>(descriptor);
}

Result<void> copy_security(const Handle& from, const Handle& to) {
    auto wanted = descriptor_of(from, always_kept);
    if (!wanted) return std::unexpected(wanted.error());
    // Without it, Windows drops the note that entries were inherited.
    constexpr SECURITY_DESCRIPTOR_CONTROL inherited = SE_DACL_AUTO_INHERITED;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision = 0;
    if (::GetSecurityDescriptorControl(wanted->data(), &control, &revision) != 0 &&
        (control & inherited) != 0)
        ::SetSecurityDescriptorControl(wanted->data(), SE_DACL_AUTO_INHERIT_REQ, SE_DACL_AUTO_INHERIT_REQ);
    const RightToGiveAway right;
    if (::SetKernelObjectSecurity(to.get(), always_kept, wanted->data()) == 0)
        return windows_failure("keep the owner and the access list", ::GetLastError());
    return {};
}

} // namespace wta::platform
