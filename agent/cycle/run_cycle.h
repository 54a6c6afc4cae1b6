// The one place that knows the order: observe, obtain, decide, assess, plan, apply, commit, observe again,
// report.
#pragma once

#include "agent/endpoint/endpoint.h"
#include "common/ports/transport.h"
#include "common/report/status_report.h"
#include "common/settings/settings.h"
#include "common/trust/agent_state.h"
#include "common/trust/contest.h"

#include <optional>
#include <string>

namespace wta {

enum class CycleKind {
    check,   // stops after the assessment
    what_if, // stops after the plan
    repair,  // to the end, unless `mode` is audit
};

struct CycleRequest {
    CycleKind kind{};
    Trigger trigger = Trigger::person;
    std::optional<Sha256> adopt{}; // an entry of somebody else that becomes ours; of `repair` and `what_if`
    Timestamp now{};
    std::string computer_name; // empty for an image: it is not in the SOFTWARE hive
    StatusReport header;       // what is known before: run id, command, versions, settings
};

[[nodiscard]] StatusReport run_cycle(const CycleRequest& request, const Settings& settings,
                                     Endpoint& endpoint, Transport& transport);

// Takes away exactly the trust that the agent added; needs no settings and no network.
[[nodiscard]] StatusReport run_undo(const CycleRequest& request, Endpoint& endpoint);

// The report of a run whose endpoint could not be read.
[[nodiscard]] StatusReport not_readable(const CycleRequest& request, Error error, EndpointKind endpoint);

// The finding that an error of an endpoint or a registry is in a report.
[[nodiscard]] Finding to_finding(const Error& error, EndpointKind endpoint);

} // namespace wta
