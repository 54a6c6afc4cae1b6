#include "agent/platform/windows/event_source.h"

#include "agent/platform/windows/os_error.h"

#include <windows.h>

#include <memory>

namespace wta::platform {
namespace {

constexpr const wchar_t* source_key =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\WsusTrustAgent";
constexpr DWORD all_types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;

struct CloseKey {
    void operator()(HKEY key) const { ::RegCloseKey(key); }
};
using Key = std::unique_ptr<HKEY__, CloseKey>;

} // namespace

Result<void> register_event_source(const std::filesystem::path& program) {
    HKEY opened = nullptr;
    const LSTATUS created = ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, source_key, 0, nullptr, 0, KEY_SET_VALUE,
                                              nullptr, &opened, nullptr);
    const Key key(opened);
    constexpr const char* doing = "register the source of the event log";
    if (created != ERROR_SUCCESS) return windows_failure(doing, static_cast<unsigned long>(created));
    const std::wstring& file = program.native();
    const LSTATUS named = ::RegSetValueExW(key.get(), L"EventMessageFile", 0, REG_SZ,
                                           reinterpret_cast<const BYTE*>(file.c_str()),
                                           static_cast<DWORD>((file.size() + 1) * sizeof(wchar_t)));
    if (named != ERROR_SUCCESS) return windows_failure(doing, static_cast<unsigned long>(named));
    const LSTATUS typed = ::RegSetValueExW(key.get(), L"TypesSupported", 0, REG_DWORD,
                                           reinterpret_cast<const BYTE*>(&all_types), sizeof all_types);
    if (typed != ERROR_SUCCESS) return windows_failure(doing, static_cast<unsigned long>(typed));
    return {};
}

Result<void> remove_event_source() {
    const LSTATUS removed = ::RegDeleteKeyExW(HKEY_LOCAL_MACHINE, source_key, KEY_WOW64_64KEY, 0);
    if (removed == ERROR_SUCCESS || removed == ERROR_FILE_NOT_FOUND) return {};
    return windows_failure("remove the source of the event log", static_cast<unsigned long>(removed));
}

} // namespace wta::platform
