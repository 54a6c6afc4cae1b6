#include "agent/platform/windows/security_id.h"

#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/wide.h"
#include "common/base/utf.h"

#include <windows.h>

#include <sddl.h>

#include <array>

namespace wta::platform {

std::string sid_text(void* sid) {
    wchar_t* text = nullptr;
    if (sid == nullptr || ::ConvertSidToStringSidW(sid, &text) == 0) return {};
    const LocalMemory<wchar_t> owned(text);
    return from_wide(text);
}

std::string account_name(const std::string& sid) {
    PSID parsed = nullptr;
    if (::ConvertStringSidToSidW(to_wide(sid).c_str(), &parsed) == 0) return sid;
    const LocalMemory<void> owned(parsed);
    std::array<wchar_t, 256 + 1> name{}; // UNLEN
    std::array<wchar_t, 256 + 1> domain{};
    auto name_size = static_cast<DWORD>(name.size());
    auto domain_size = static_cast<DWORD>(domain.size());
    SID_NAME_USE use{};
    if (::LookupAccountSidW(nullptr, parsed, name.data(), &name_size, domain.data(), &domain_size, &use) == 0)
        return sid;
    std::string shown = from_wide(domain.data());
    if (!shown.empty()) shown += '\\';
    return printable(shown + from_wide(name.data()));
}

} // namespace wta::platform
