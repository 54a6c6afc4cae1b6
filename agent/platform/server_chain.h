// What the operating system itself says of a TLS server's certificate. Windows only: elsewhere OpenSSL judges.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace wta::platform {

// `sent` is what the server sent, its own certificate first, as DER. Builds the chain with the machine's stores (not
// the user's) and judges it for TLS servers (CERT_CHAIN_POLICY_SSL) and, where given, for `host`. Returns the chain
// that counts, the server's own certificate first, its root last. Errors: tls_host_mismatch, tls_expired,
// tls_not_yet_valid, tls_self_signed, tls_unknown_issuer, tls_weak, else tls_failed.
[[nodiscard]] Result<std::vector<Bytes>> judge_server_chain(const std::vector<Bytes>& sent,
                                                            const std::optional<std::string>& host);

} // namespace wta::platform
