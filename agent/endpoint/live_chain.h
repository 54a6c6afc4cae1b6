// Windows' own verdict on the chain of a certificate, from the stores of the machine and without network.
#pragma once

#include "common/certificate/chain.h"

#include <cstdint>

namespace wta {

// As judge_chain(), but built by the machine's chain engine, which reads its stores itself; of `stores` the
// intermediates may stand in a chain, and no distrusted one may. The chain must be good for Code Signing.
[[nodiscard]] ChainVerdict judge_live_chain(ByteView leaf, const ChainStores& stores, Timestamp now);

// What CERT_TRUST_STATUS::dwErrorStatus (CERT_TRUST_IS_… of wincrypt.h) means. Revocation is not asked for,
// so that it is unknown is no flaw; every other bit is one, also one that nobody knows yet.
[[nodiscard]] ChainStatus status_of_trust(std::uint32_t error_status);

// The gravest flaw, for people: "the chain" and these words are a sentence; empty for none.
[[nodiscard]] std::string describe_trust(std::uint32_t error_status);

} // namespace wta
