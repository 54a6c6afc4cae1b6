// What this program trusts and demands in TLS, as an SSL_CTX; nothing of it comes from the environment.
#pragma once

#include "agent/transport/openssl_handle.h"
#include "common/base/result.h"

#include <openssl/ssl.h>

#include <string>
#include <string_view>

namespace wta {

using SslContext = OpensslHandle<SSL_CTX, &SSL_CTX_free>;

enum class TlsRoots {
    of_the_system,
    none_yet, // add_roots() follows; until then every server is refused
};

// A client's context: TLS 1.2 or later, security level 2, the server must verify. tls_ca_file: the system has
// no folder of roots (system_trust.h).
[[nodiscard]] Result<SslContext> make_tls_context(TlsRoots roots);

// The text of a file with roots in PEM. tls_ca_file: it is missing, unreadable or too long.
[[nodiscard]] Result<std::string> read_ca_file(const std::string& file);

// Trusts every certificate in `text`, which was read from `file`. tls_ca_file: there is none, or it is
// damaged.
[[nodiscard]] Result<void> add_roots(SSL_CTX* context, const std::string& file, std::string_view text);

// Prepares `ssl` to talk to `host` (ASCII, no final dot) and to nobody else: SNI (RFC 6066, not for
// addresses), and the name that the certificate must carry. tls_failed: OpenSSL does not accept the name.
[[nodiscard]] Result<void> expect_host(SSL* ssl, const std::string& host, bool ip_literal);

} // namespace wta
