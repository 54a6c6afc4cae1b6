// Which events a run is worth, and what is remembered so that "nothing changed" is told once a day at most.
#pragma once

#include "common/ports/registry.h"
#include "common/report/events.h"
#include "common/report/status_report.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

inline constexpr std::string_view events_key = R"(WsusTrustAgent\Events)";
inline constexpr std::chrono::hours told_again_after{24};

// The outcome and the warnings and errors that were told last, as one digest, and when.
struct LastTold {
    std::string digest;
    Timestamp when{};
    bool operator==(const LastTold&) const = default;
};

struct RunEvents {
    std::vector<Event> changes;   // one for each change that was made: always told
    std::vector<Event> situation; // the outcome, and one for each subject that needs somebody
    std::optional<LastTold> told; // to be remembered before `situation` is told
    bool operator==(const RunEvents&) const = default;
};

// The situation is left out when it is what was told last, less than a day ago, and nothing was changed. A
// last time that lies in the future (the clock was set back) does not count. A run that another one kept out,
// a wrong command line, and an undo or a distrust that went well have no outcome of their own. `report` is
// one of a run that was meant: not of --what-if.
[[nodiscard]] RunEvents events_of(const StatusReport& report, const std::optional<LastTold>& last);

// In `events_key`. What is missing or garbled reads as nothing; so does what cannot be read.
[[nodiscard]] std::optional<LastTold> read_last_told(Registry& registry);
[[nodiscard]] Result<void> write_last_told(Registry& registry, const LastTold& told);

} // namespace wta
