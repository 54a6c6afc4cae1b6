// What the operating system itself says of a TLS server's certificate. Windows only: elsewhere OpenSSL
// judges.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace wta::platform {

enum class ChainFlaw {
    distrusted, // in Disallowed, or on Microsoft's own list
    revoked,
    bad_signature,
    unknown_issuer, // the chain ends at a certificate whose issuer is not here
    untrusted_root, // the chain ends at a root that the machine does not trust
    weak_signature,
    wrong_usage, // not for servers
    outside_validity,
    host_mismatch,
    other
};

struct ChainObjection {
    ChainFlaw flaw{};
    std::size_t depth = 0; // of the certificate that it is about; 0: the server's own
    std::string words;     // Windows' own, with the number
    bool operator==(const ChainObjection&) const = default;
};

struct ServerChain {
    std::vector<Bytes> certificates; // DER; the server's own first, the root last
    std::optional<ChainObjection> objection;
};

// `sent` is what the server sent, its own certificate first, as DER. Builds the chain from it and the
// machine's stores (not the user's), with roots that Windows gets on demand, and judges it for TLS servers
// (CERT_CHAIN_POLICY_SSL) and, where given, for `host`. No address in a certificate is ever visited: servers
// send their issuers along. Revocation is not asked for. tls_failed: Windows could not be asked.
[[nodiscard]] Result<ServerChain> judge_server_chain(const std::vector<Bytes>& sent,
                                                     const std::optional<std::string>& host);

} // namespace wta::platform
