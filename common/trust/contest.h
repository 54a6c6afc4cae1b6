// No tug of war: what this run leaves alone, because somebody else keeps taking it back.
//
// The policy value is put back once within 24 hours; taken back again in that time it is contested. A
// certificate that somebody removed is put back by the next scheduled run, once; removed again it is
// contested. What is contested is left alone until the settings change, a person runs `repair`, or (the
// value) somebody else is found to set it. Nothing is ever removed because of this, and what is withdrawn,
// distrusted or disallowed is none of its business.
#pragma once

#include "common/trust/contest_memory.h"
#include "common/trust/plan.h"

#include <string>
#include <vector>

namespace wta {

// Why the cycle runs, which decides what it puts back against the will of others.
enum class Trigger {
    person,    // by hand: puts everything right, and forgets who fought over it
    scheduled, // periodic: puts a removed certificate back once
    drift,     // something has just changed: puts the policy value back, certificates are only reported
};

// As many times within this period the policy value is taken back before it is left alone.
inline constexpr std::chrono::hours contest_period{24};

struct ContestView {
    const DesiredState& desired;
    const ObservedState& observed;
    Trigger trigger{};
    std::string settings_digest;
    Timestamp now{};
};

struct ContestVerdict {
    Plan plan;                     // without what is left alone
    std::vector<Finding> findings; // removed_by_others, contested
    ContestMemory memory;          // to be remembered before the plan is carried out
};

// `wanted` is what plan_repair() says. A clock that was set back makes what lies in the future count as just
// happened.
[[nodiscard]] ContestVerdict judge_contest(const ContestMemory& remembered, const Plan& wanted,
                                           const ContestView& view);

// Adds to `memory` what is right as it is observed; takes nothing away, so that a look may do it too.
[[nodiscard]] ContestMemory with_facts(ContestMemory memory, const DesiredState& desired,
                                       const ObservedState& observed);

// Adds what was put right by `made`: if it is gone again by now, somebody took it back.
[[nodiscard]] ContestMemory with_changes(ContestMemory memory, const std::vector<Change>& made);

} // namespace wta
