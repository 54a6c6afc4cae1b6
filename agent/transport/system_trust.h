// Who vouches for servers when no CA file is named: the system, each in its own way.
#pragma once

#include "common/base/result.h"

#include <openssl/ssl.h>

#include <optional>

namespace wta {

// Lets `context` verify servers with what the system trusts. Linux: OpenSSL, with the system's folder of
// roots. Windows: the machine's chain engine says in the handshake which chain counts and whether the machine
// trusts it, so on-demand roots, usage limits and Disallowed count, and a code-signing certificate in Root
// vouches for no server; then OpenSSL verifies that chain as it does on Linux. tls_ca_file: there is no such
// folder.
[[nodiscard]] Result<void> trust_as_the_system(SSL_CTX* context);

// Why Windows refused the server of `ssl`; nothing when it did not, or where OpenSSL alone judges.
[[nodiscard]] std::optional<Error> system_refusal(const SSL* ssl);

} // namespace wta
