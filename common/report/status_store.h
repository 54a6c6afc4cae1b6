// The last report on the endpoint itself: flat values that inventory tools can collect, and the JSON.
#pragma once

#include "common/report/status_report.h"
#include "common/trust/agent_state.h"

#include <optional>

namespace wta {

// What Status holds beside the report.
struct StatusTimes {
    std::optional<Timestamp> last_look;
    std::optional<Timestamp> last_repair;
    bool operator==(const StatusTimes&) const = default;
};

// Lists are cut at this many characters and end in "…".
inline constexpr std::size_t max_status_text = 2'000;

// The codes of all warnings and errors, each once, separated by commas.
[[nodiscard]] std::string reasons(const StatusReport& report);

// Writes every value of WsusTrustAgent\Status. The JSON is left out, and an old one removed, when it would be
// larger than `max_report_bytes` in the registry; returns whether it was stored. Errors: those of the
// registry.
[[nodiscard]] Result<bool> write_status(Registry& registry, const StatusReport& report,
                                        const StatusTimes& times, const Identity& identity,
                                        std::size_t max_report_bytes);

// The stored report, or as much of it as the flat values tell. Nothing: never run, or garbled, or another
// machine's.
[[nodiscard]] Result<std::optional<StatusReport>> read_status(Registry& registry, const Identity& identity);

} // namespace wta
