// Carries a plan through: rights, memory of what was, the changes, the stored report, commit; all or nothing
// on an image.
#pragma once

#include "agent/cycle/apply.h"
#include "agent/cycle/run_cycle.h"
#include "common/report/status_store.h"

#include <functional>

namespace wta {

// What a run does around the changes of its plan.
struct Steps {
    // Remembers what another run must know should this one not come to its end; before the first change.
    std::function<Result<void>(Registry&)> remember;
    // Writes what belongs to the changes that were made (cache entries, what is right now).
    std::function<Result<void>(Registry&, const Applied& applied)> write_state;
    // Forgets what another run needs to finish this one: the last write, and only when nothing went wrong.
    std::function<Result<void>(Registry&)> forget;
    // Looks at the endpoint again and fills `report` with what is so now.
    std::function<Result<void>(StatusReport& report, const Applied& applied)> observe_again;
};

// The largest report that is stored on an endpoint, in bytes of the registry.
[[nodiscard]] std::size_t report_limit(EndpointKind endpoint);

struct CarryOut {
    const CycleRequest& request;
    const AgentState& state;
    const Identity& identity;
    StatusTimes times;
};

// Returns the report of a run whose plan is not empty. `before` is the report of what was observed; it is the
// answer when nothing could be changed, with the reason added. The plan's changes are listed in it with their
// outcomes.
[[nodiscard]] StatusReport carry_out(const Plan& plan, Endpoint& endpoint, const StatusReport& before,
                                     const CarryOut& how, const Steps& steps);

// A planned change that was made, but is still planned (in `remaining`) afterwards: policy_conflict,
// not_verified.
[[nodiscard]] std::vector<Finding> unverified(const Plan& plan, const Applied& applied,
                                              const Plan& remaining);

} // namespace wta
