#include "agent/platform/platform.h"

#include "agent/platform/windows/wide.h"

#include <windows.h>
#include <winhttp.h>

#include <memory>

namespace wta::platform {
namespace {

struct FreeGlobal {
    void operator()(wchar_t* memory) const { ::GlobalFree(memory); }
};
using GlobalText = std::unique_ptr<wchar_t, FreeGlobal>;

std::string text_of(const GlobalText& text) { return text ? from_wide(text.get()) : std::string(); }

// Whether an administrator ever set it (netsh winhttp set proxy). Without it Windows has no proxy, and Wine
// takes the one of the environment, which is not the machine's.
bool is_set_for_the_machine() {
    return ::RegGetValueW(HKEY_LOCAL_MACHINE,
                          L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections",
                          L"WinHttpSettings", RRF_RT_REG_BINARY, nullptr, nullptr, nullptr) == ERROR_SUCCESS;
}

} // namespace

SystemProxy system_proxy() {
    WINHTTP_PROXY_INFO info{};
    if (!is_set_for_the_machine() || ::WinHttpGetDefaultProxyConfiguration(&info) == FALSE) return {};
    const GlobalText proxy(info.lpszProxy);
    const GlobalText bypass(info.lpszProxyBypass);
    if (info.dwAccessType != WINHTTP_ACCESS_TYPE_NAMED_PROXY) return {};
    return {.proxy = text_of(proxy), .bypass = text_of(bypass)};
}

} // namespace wta::platform
