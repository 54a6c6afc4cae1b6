// The day a signing key leaks: takes one certificate out of all trust on an endpoint, and keeps it out.
//
// Needs no settings and no network. A tombstone comes first, then Disallowed, then what is removed; the cache
// last.
#pragma once

#include "agent/cycle/run_cycle.h"

#include <optional>
#include <string>

namespace wta {

struct Distrust {
    Sha256 sha256;
    std::optional<Bytes>
        der; // given by who asks, and hashes to it; otherwise what stores or cache have is taken
    std::string der_problem; // something was given that is not that; a sentence. The run ends with 8 then
};

// Its run id becomes the id of the tombstone where there is none yet that can be read. Nothing to do writes
// nothing.
[[nodiscard]] StatusReport run_distrust(const CycleRequest& request, const Distrust& what,
                                        Endpoint& endpoint);

} // namespace wta
