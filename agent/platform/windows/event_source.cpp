#include "agent/platform/windows/event_source.h"

#include "agent/platform/windows/event_source_key.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace wta::platform {
namespace {

constexpr const wchar_t* source_name = L"WsusTrustAgent";
struct Deregister {
    void operator()(HANDLE source) const { ::DeregisterEventSource(source); }
};
using EventSource = std::unique_ptr<std::remove_pointer_t<HANDLE>, Deregister>;

WORD type_of(Severity severity) {
    switch (severity) {
    case Severity::info: return EVENTLOG_INFORMATION_TYPE;
    case Severity::warning: return EVENTLOG_WARNING_TYPE;
    case Severity::error: return EVENTLOG_ERROR_TYPE;
    }
    return EVENTLOG_ERROR_TYPE;
}

} // namespace

Result<void> write_event(const Event& event) {
    const EventSource source(::RegisterEventSourceW(nullptr, source_name));
    if (!source) return windows_failure("open the event log", ::GetLastError());
    std::vector<std::wstring> strings;
    for (const std::string& text : event.strings) strings.push_back(to_wide(text));
    std::vector<const wchar_t*> pointers;
    for (const std::wstring& text : strings) pointers.push_back(text.c_str());
    const EventInfo& row = info(event.id);
    if (::ReportEventW(source.get(), type_of(row.severity), 0, message_number(row), nullptr,
                       static_cast<WORD>(pointers.size()), 0, pointers.data(), nullptr) == 0)
        return windows_failure("write to the event log", ::GetLastError());
    return {};
}

Result<void> register_event_source(const std::filesystem::path& program) {
    return write_event_source_key(HKEY_LOCAL_MACHINE, program);
}

Result<void> remove_event_source() { return remove_event_source_key(HKEY_LOCAL_MACHINE); }

} // namespace wta::platform
