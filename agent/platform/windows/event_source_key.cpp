#include "agent/platform/windows/event_source_key.h"

#include "agent/platform/windows/os_error.h"

namespace wta::platform {
namespace {

constexpr const wchar_t* source_key =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\WsusTrustAgent";

Result<void> failed_unless_done(LSTATUS status, const char* doing) {
    if (status == ERROR_SUCCESS) return {};
    return windows_failure(doing, static_cast<unsigned long>(status));
}

} // namespace

Result<void> write_event_source_key(HKEY root, const std::filesystem::path& program) {
    constexpr const char* doing = "register the event source WsusTrustAgent";
    constexpr DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    const std::wstring& file = program.native();
    const auto size = static_cast<DWORD>((file.size() + 1) * sizeof(wchar_t));
    WTA_TRY(failed_unless_done(
        ::RegSetKeyValueW(root, source_key, L"EventMessageFile", REG_EXPAND_SZ, file.c_str(), size), doing));
    return failed_unless_done(
        ::RegSetKeyValueW(root, source_key, L"TypesSupported", REG_DWORD, &types, sizeof types), doing);
}

Result<void> remove_event_source_key(HKEY root) {
    const LSTATUS status = ::RegDeleteTreeW(root, source_key);
    return failed_unless_done(status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : status,
                              "remove the event source WsusTrustAgent");
}

} // namespace wta::platform
