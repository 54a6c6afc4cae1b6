// Which reports tell something new: so that a fleet in which nothing changes is quiet.
#pragma once

#include "common/report/status_report.h"

#include <chrono>
#include <optional>
#include <string>

namespace wta {

// Equal for two reports exactly when they say the same of the endpoint: state, exit code, settings, version,
// findings, certificates and where they are. Not run, time, what counts down (days until a certificate
// expires), nor findings about reporting itself, which would make an outage of a receiver a change of every
// machine.
[[nodiscard]] std::string report_mark(const StatusReport& report);

// When a state that stays the same is reported all the same: whenever the Unix time is `offset`, modulo
// `interval`.
struct Heartbeat {
    std::chrono::seconds interval{};
    std::chrono::seconds offset{};
    bool operator==(const Heartbeat&) const = default;
};

// What was reported last.
struct LastReported {
    std::string mark;
    Timestamp time{};
    bool operator==(const LastReported&) const = default;
};

// Whether `report` is worth sending. Never one that only asked (--what-if), or found another run at work,
// which reports itself; always one that changed something or was to, one of an image, which no schedule
// looks at, and one of what a person did (undo, distrust); else one that says something new, or the first
// after a heartbeat. `last` in the future, from before the clock was set back, counts as long ago.
[[nodiscard]] bool is_worth_reporting(const StatusReport& report, const std::optional<LastReported>& last,
                                      const Heartbeat& heartbeat);

} // namespace wta
