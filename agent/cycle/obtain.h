// Gets the bytes of the certificates that the settings name: from the stores, the settings, the publication,
// the last-good cache.
#pragma once

#include "agent/endpoint/endpoint.h"
#include "common/ports/transport.h"
#include "common/settings/settings.h"
#include "common/trust/agent_state.h"
#include "common/trust/desired_state.h"
#include "common/trust/observed_state.h"

#include <vector>

namespace wta {

struct Sources {
    const Settings& settings;
    const ObservedState& observed;
    const AgentState& state;
    Registry& registry; // for the cache
    EndpointKind endpoint{};
    Timestamp now{};
    // No fetch is begun later than that after the first: while a run fetches, it keeps others out, and
    // `distrust` among them.
    std::chrono::milliseconds longest = std::chrono::minutes{3};
};

// A source is asked when the certificate is nowhere here, or when `fetch.refresh` is due. Errors: those of
// the registry.
[[nodiscard]] Result<std::vector<Obtained>> obtain(const Sources& from, Transport& transport);

// A distrusted certificate that is not in Disallowed yet: its bytes in the cache are kept until it is,
// because by then they may be nowhere else. Errors: those of the registry.
[[nodiscard]] Result<bool> needed_for_disallowed(Registry& registry, const DesiredCertificate& wanted);

} // namespace wta
