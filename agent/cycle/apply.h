// Makes the changes of a plan on an endpoint, each with its outcome.
#pragma once

#include "agent/endpoint/endpoint.h"
#include "common/trust/agent_state.h"
#include "common/trust/plan.h"

#include <optional>
#include <vector>

namespace wta {

struct Applied {
    enum class Outcome { done, not_needed, failed }; // not_needed: a key that is not empty stays
    struct One {
        Outcome outcome{};
        Error error{}; // of a failed one
    };
    std::vector<One> changes; // one for each change of the plan
    [[nodiscard]] bool any_failed() const;
};

// What must be remembered is written first: the policy value before us, and the keys that we are about to
// create. Errors: the registry could not remember it; then nothing was changed.
[[nodiscard]] Result<void> remember_before(const Plan& plan, const AgentState& state, Registry& registry);

// Goes on after a failure: the changes do not depend on each other.
[[nodiscard]] Applied apply(const Plan& plan, Endpoint& endpoint);

} // namespace wta
