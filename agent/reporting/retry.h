// When a delivery that failed is tried again: soon, then ever later, and never by a whole fleet at once.
#pragma once

#include <chrono>
#include <optional>

namespace wta {

// No wait is longer, unless a clock was set back.
inline constexpr std::chrono::hours longest_retry_delay{48};

// How long to wait after the n-th failure in a row (`failures` >= 1), given a number from 0 (included) to 1
// (excluded) that is drawn anew each time, and what the receiver asked for (Retry-After, RFC 9110, 10.2.3).
//
// The first is 1 to 5 minutes: a receiver that is restarted is back by then. The second is 1 to 3 hours, then
// 2 to 6, then 4 to 12. After an outage the receiver has to take what was kept meanwhile besides what comes
// anyway; with waits as wide as that an outage of an hour is made up for in more than two hours, at no time
// with more than twice the usual rate (tests/bench/fleet shows it). What a receiver asks for is honoured up
// to a day, and spread over as much again, because it asks all of them for the same.
[[nodiscard]] std::chrono::seconds retry_delay(int failures, double random,
                                               std::optional<std::chrono::seconds> asked_for);

} // namespace wta
