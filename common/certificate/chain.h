// Does a CA-issued certificate chain to a root that this machine trusts? Judged from the machine's own
// stores.
#pragma once

#include "common/base/bytes.h"
#include "common/base/time.h"
#include "common/certificate/digest.h"

#include <set>
#include <string>
#include <vector>

namespace wta {

enum class ChainStatus {
    trusted,
    issuer_not_trusted, // ends in a self-signed certificate outside Root and AuthRoot, or passes a distrusted
                        // one, or is broken
    issuer_not_found,   // stops at an issuer that is not here: Windows may fetch it later
};

struct ChainVerdict {
    ChainStatus status{};
    std::string detail; // which certificate decided, for people; printable
    bool operator==(const ChainVerdict&) const = default;
};

// The certificates that may stand in a chain, as DER.
struct ChainStores {
    std::vector<Bytes> roots{};         // Root and AuthRoot, every location
    std::vector<Bytes> intermediates{}; // CA and Disallowed, every location
    std::set<Sha256> distrusted{};      // Disallowed, and what the settings call distrusted
};

// `now` is moved into the leaf's validity when outside it: an allowed expired certificate still needs its
// chain, for time-stamped signatures. Entries that do not parse are left out. Purpose and extended usage are
// admission's business, not judged here.
[[nodiscard]] ChainVerdict judge_chain(ByteView leaf, const ChainStores& stores, Timestamp now);

} // namespace wta
