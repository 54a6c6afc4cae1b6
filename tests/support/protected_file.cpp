#include "tests/support/protected_file.h"

#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/token.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <sddl.h>

#include <stdexcept>

namespace wta::test {

void set_access(const std::filesystem::path& path, const wchar_t* sddl) {
    std::wstring list = sddl;
    if (const auto user = platform::own_user()) list += L"(A;OICI;FA;;;" + platform::to_wide(*user) + L")";
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(list.c_str(), SDDL_REVISION_1, &descriptor,
                                                               nullptr) == 0)
        throw std::runtime_error("no access list can be made");
    const platform::LocalMemory<void> owned(descriptor);
    if (::SetFileSecurityW(path.c_str(), DACL_SECURITY_INFORMATION, descriptor) == 0)
        throw std::runtime_error(path.string() + " gets no access list");
}

ProtectedFile::ProtectedFile() {
    write_text(file, "mode: audit\n");
    set_access(scratch.path(), only_administrators);
    set_access(folder, only_administrators);
    set_access(file, only_administrators);
}

} // namespace wta::test
