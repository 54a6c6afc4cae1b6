// Makes entries that somebody else placed the agent's own: who asks for it names the certificate.
#pragma once

#include "common/trust/assessment.h"
#include "common/trust/plan.h"

#include <vector>

namespace wta {

struct Adoption {
    std::vector<Change> changes;   // empty: they are ours already, or it was refused
    std::vector<Finding> findings; // adoption_refused
};

// Only what the settings trust, what is admitted, and what stands in our own location of a store that it must
// be in. `repair` is what the same run does otherwise: what that adds is ours without being adopted.
[[nodiscard]] Adoption plan_adoption(const Sha256& sha256, const DesiredState& desired,
                                     const ObservedState& observed, const Plan& repair);

} // namespace wta
