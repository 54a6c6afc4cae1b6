// What this program trusts and demands in TLS, as an SSL_CTX; nothing of it comes from the environment.
#pragma once

#include "agent/transport/openssl_handle.h"
#include "common/base/result.h"

#include <openssl/ssl.h>

#include <optional>
#include <string>
#include <string_view>

namespace wta {

using SslContext = OpensslHandle<SSL_CTX, &SSL_CTX_free>;

// A client's context: TLS 1.2 or later, security level 2, the server must verify. Roots: every certificate of
// the PEM file `ca_file`, or what the system trusts (system_trust.h). tls_ca_file: the file is missing,
// unreadable, without a certificate or damaged; or the system has no folder of roots.
[[nodiscard]] Result<SslContext> make_tls_context(const std::optional<std::string>& ca_file);

// Prepares `ssl` to talk to `host` (ASCII, no final dot) and to nobody else: SNI (RFC 6066, not for
// addresses), and the name that the certificate must carry. tls_failed: OpenSSL does not accept the name.
[[nodiscard]] Result<void> expect_host(SSL* ssl, const std::string& host, bool ip_literal);

} // namespace wta
