// The loop of the resident: waits for what happens, and lets one thing be done at a time.
#pragma once

#include "agent/platform/windows/registry_watch.h"
#include "agent/platform/windows/resident_signals.h"
#include "agent/resident/resident_cycle.h"

#include <functional>
#include <string>

namespace wta {

struct LoopParts {
    TurnParts turn;
    platform::WatchRoot root;
    // In the thread of the loop: what a turn came to, and what the resident is about to do.
    std::function<void(Task, const StatusReport&)> tell;
    std::function<void(const std::string&)> say;
    // A turn that takes longer hangs. All that a turn waits for ends by itself long before.
    std::chrono::milliseconds longest_turn = std::chrono::hours{1};
};

// Until Signal::stop is raised; then 0, within a second, whatever a turn hangs in. Or until a turn hangs;
// then 8, and the report that is told last says so. The thread of a turn that hangs counts as an abandoned
// worker. With `enforce_now` everything is put right at once, otherwise at the machine's next minute; what is
// drifting is put right from the start. Throws std::exception when the system gives no event, no thread, or
// no wait.
[[nodiscard]] int run_loop(platform::ResidentSignals& signals, LoopParts parts, bool enforce_now);

} // namespace wta
