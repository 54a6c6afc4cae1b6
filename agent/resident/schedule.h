// When the periodic runs are due: the same minute for one machine, evenly spread over a fleet.
#pragma once

#include "common/base/time.h"
#include "common/trust/agent_state.h"

#include <array>

namespace wta {

struct Rhythm {
    std::chrono::seconds interval{};
    std::chrono::seconds offset{}; // runs are due when the Unix time is this, modulo the interval
    bool operator==(const Rhythm&) const = default;
};

// The offset is a digest of the machine's name and its MachineGuid: the same after each start, and unrelated
// to those of machines with similar names.
[[nodiscard]] Rhythm rhythm_of(const Identity& identity, std::chrono::seconds interval);

// The first time after `now` that is due.
[[nodiscard]] Timestamp next_slot(const Rhythm& rhythm, Timestamp now);

// A run was missed: the last one is at least an interval ago. One in the future, from before the clock was
// set back, says nothing.
[[nodiscard]] bool is_overdue(const Rhythm& rhythm, Timestamp last, Timestamp now);

// How long after a failed fetch it is tried again, one after the other; then the schedule has it again.
inline constexpr std::array<std::chrono::minutes, 4> retry_delays{
    std::chrono::minutes{1}, std::chrono::minutes{5}, std::chrono::minutes{15}, std::chrono::minutes{60}};

} // namespace wta
