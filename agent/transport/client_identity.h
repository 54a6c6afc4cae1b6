// Who this client is for a server that asks: a certificate, those above it, and its key, out of one file.
#pragma once

#include "agent/transport/openssl_handle.h"
#include "common/base/result.h"

#include <openssl/ssl.h>

#include <string>
#include <string_view>

namespace wta {

struct ClientIdentity {
    OpensslHandle<X509, &X509_free> certificate;
    OpensslHandle<EVP_PKEY, &EVP_PKEY_free> key;
    Certificates issuers; // sent along, in the order of the file
};

// Reads `file`: PEM, or PKCS #12 without a password. When this process is elevated, nobody but administrators
// may read or change it. Every Error is tls_failed and names the file and what is wrong with it.
[[nodiscard]] Result<ClientIdentity> read_client_identity(const std::string& file);

// The same of what stands in such a file.
[[nodiscard]] Result<ClientIdentity> parse_client_identity(std::string_view content);

// `ssl` offers it where the server asks for a certificate. tls_failed: OpenSSL does not take it (a weak key).
[[nodiscard]] Result<void> offer_identity(SSL* ssl, const ClientIdentity& identity);

} // namespace wta
