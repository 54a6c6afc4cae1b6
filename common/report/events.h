// The one table of what the Windows event log is told under the source WsusTrustAgent: ids, severities,
// texts.
//
// A contract: monitoring knows the ids and the numbers of the insertion strings. Neither is ever changed or
// used for something else; new strings come last. The sentences around the strings stand in
// agent/platform/windows/event_messages.mc, in packaging/operating.md what administrators are told; tests
// compare both with this table.
#pragma once

#include "common/base/reason_code.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

enum class EventId : std::uint16_t {
    compliant = 1000,
    repaired = 1001,
    not_compliant = 1002,
    certificate_added = 1010,
    certificate_removed = 1011,
    certificate_expires_soon = 1012,
    policy_value_set = 1020,
    contested = 1021,
    unreachable = 1100,
    refused = 1101,
    access_denied = 1102,
    settings_invalid = 1103,
    report_not_delivered = 1104,
};

struct EventInfo {
    EventId id{};
    std::string_view name;
    Severity severity{};
    std::string_view when;                     // one sentence: when it is written
    std::span<const std::string_view> strings; // what %1, %2, … are
};

[[nodiscard]] const EventInfo& info(EventId id);
[[nodiscard]] std::span<const EventInfo> all_events();

// The number that ReportEvent and FormatMessage know it by ("Event Identifiers" of the Windows SDK): severity
// in the two highest bits, then the bit of messages that are not Microsoft's, then the id. Event Viewer shows
// the id alone.
[[nodiscard]] std::uint32_t message_number(const EventInfo& event);

// One entry of the event log.
struct Event {
    EventId id{};
    std::vector<std::string> strings; // as many as the table has; made by event_text()
    bool operator==(const Event&) const = default;
};

// One printable line of the first 1,000 bytes (ReportEvent takes 31,839 characters); "-" when there is
// nothing. Event Viewer would put another string, or a text of Windows', in the place of "%1" and "%%1"
// inside a string (CVE-2006-6753): such a percent sign becomes \x25.
[[nodiscard]] std::string event_text(std::string_view text);

} // namespace wta
