// What Windows' verdict over a TLS server's chain means: pure, over the numbers of wincrypt.h.
#pragma once

#include "agent/platform/server_chain.h"

#include <cstdint>
#include <optional>

namespace wta::platform {

// `status` is a CERT_TRUST_STATUS::dwErrorStatus (CERT_TRUST_IS_…). Of several flaws the gravest, which none
// of the others explains away. Every bit is a flaw, also one that nobody knows yet.
[[nodiscard]] std::optional<ChainFlaw> flaw_of_trust_status(std::uint32_t status);

// `error` is a CERT_CHAIN_POLICY_STATUS::dwError (CERT_E_…); only 0 is none.
[[nodiscard]] std::optional<ChainFlaw> flaw_of_policy_error(std::uint32_t error);

} // namespace wta::platform
