// The memory of who takes back what, of one live machine during one run; an image has none.
#pragma once

#include "agent/cycle/apply.h"
#include "agent/cycle/run_cycle.h"
#include "common/trust/contest.h"

namespace wta {

class ContestLog {
public:
    // Reads what earlier runs remember; a clone remembers nothing. Errors: those of the registry.
    [[nodiscard]] static Result<ContestLog> open(Endpoint& endpoint, const Identity& identity);

    // What this run leaves alone and tells. A check judges, as a look after a change does, and remembers
    // nothing of it.
    [[nodiscard]] ContestVerdict judge(const Plan& wanted, const CycleRequest& request,
                                       const DesiredState& desired, const ObservedState& observed) const;

    // Before the changes of a repair: what it is going to put back.
    [[nodiscard]] Result<void> remember(const ContestVerdict& verdict, Registry& registry);
    // After them: what it has put right.
    [[nodiscard]] Result<void> remember_outcome(const ContestVerdict& verdict, const Applied& applied,
                                                Registry& registry);
    // After a look: what is right, and nothing else.
    [[nodiscard]] Result<void> remember_facts(const DesiredState& desired, const ObservedState& observed,
                                              Registry& registry);

private:
    Result<void> write(ContestMemory memory, Registry& registry);

    bool kept_ = false;    // on this kind of endpoint
    ContestMemory stored_; // as it is in the registry
    ContestMemory known_;  // as far as it counts
};

} // namespace wta
