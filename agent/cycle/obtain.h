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
};

// A source is asked when the certificate is nowhere here, or when `fetch.refresh` is due. Errors: those of
// the registry.
[[nodiscard]] Result<std::vector<Obtained>> obtain(const Sources& from, Transport& transport);

// A distrusted certificate whose bytes only the cache had, and that is not in Disallowed yet: there they are
// kept. Errors: those of the registry.
[[nodiscard]] Result<bool> only_the_cache_has(Registry& registry, const DesiredCertificate& wanted);

} // namespace wta
