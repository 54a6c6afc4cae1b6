// Why a TLS handshake failed, as a stable reason and a sentence.
#pragma once

#include "common/base/error.h"

#include <openssl/x509.h>

#include <string>
#include <string_view>

namespace wta {

// A certificate as its owner describes it, made safe to print.
struct PeerCertificate {
    std::string subject;
    std::string issuer;
    std::string names;      // the hosts and addresses it is for, as "DNS:a, IP Address:b"; empty: none
    std::string not_before; // RFC 3339
    std::string not_after;
    bool operator==(const PeerCertificate&) const = default;
};

[[nodiscard]] PeerCertificate describe_peer(const X509* certificate);

// The first objection of OpenSSL's chain verification.
struct VerifyFailure {
    int code = X509_V_OK; // X509_V_ERR_…
    int depth = 0;        // 0: the server's own certificate, then its issuers
    PeerCertificate certificate;
    bool operator==(const VerifyFailure&) const = default;
};

// tls_host_mismatch, tls_expired, tls_not_yet_valid, tls_self_signed, tls_unknown_issuer, tls_weak, else
// tls_failed.
[[nodiscard]] Error tls_verify_error(const std::string& host, const VerifyFailure& failure);

// Of the client: whether the server asked for one, and what it was given.
enum class ClientCertificate {
    not_asked_for,
    never_offered,  // none, as a matter of principle
    not_configured, // none
    offered,
};

// For what failed before, beside or after verification; `openssl_error` as from ERR_get_error. tls_version,
// tls_weak, tls_failed; authentication_required when it is about the certificate of the client.
[[nodiscard]] Error tls_handshake_error(const std::string& host, unsigned long openssl_error,
                                        ClientCertificate of_us = ClientCertificate::not_asked_for);

// authentication_required, for a server that ended the connection `how` because of what it was given.
[[nodiscard]] Error client_certificate_error(const std::string& host, std::string_view how,
                                             ClientCertificate of_us);

// OpenSSL's words for an error code, and for the last error of this thread (which is thereby cleared).
[[nodiscard]] std::string openssl_words(unsigned long openssl_error);
[[nodiscard]] std::string openssl_words();

} // namespace wta
