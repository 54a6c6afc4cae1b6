#include "agent/transport/tls_verdict.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

using namespace wta;

namespace {

const PeerCertificate certificate{"CN=server", "CN=issuer", "DNS:other.example", "2030-01-02T00:00:00Z",
                                  "2024-03-01T12:34:56Z"};

Error verdict(int code, int depth = 0) {
    return tls_verify_error("host.example", {code, depth, certificate});
}

bool says(const Error& error, std::string_view text) { return error.message.find(text) != std::string::npos; }

unsigned long ssl_error(int reason) { return ERR_PACK(ERR_LIB_SSL, 0, reason); }

} // namespace

TEST_CASE("another host is named together with the names in the certificate") {
    const auto code = GENERATE(X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH);
    const auto error = verdict(code);
    REQUIRE(error.reason == ReasonCode::tls_host_mismatch);
    REQUIRE(says(error, "host.example"));
    REQUIRE(says(error, "other.example"));
}

TEST_CASE("validity is refused with the date that matters") {
    REQUIRE(verdict(X509_V_ERR_CERT_HAS_EXPIRED).reason == ReasonCode::tls_expired);
    REQUIRE(says(verdict(X509_V_ERR_CERT_HAS_EXPIRED), "2024-03-01"));
    REQUIRE(verdict(X509_V_ERR_CERT_NOT_YET_VALID).reason == ReasonCode::tls_not_yet_valid);
    REQUIRE(says(verdict(X509_V_ERR_CERT_NOT_YET_VALID), "2030-01-02"));
}

TEST_CASE("a date of an issuer is not blamed on the server") {
    REQUIRE(says(verdict(X509_V_ERR_CERT_HAS_EXPIRED, 0), "the server's certificate expired"));
    REQUIRE(says(verdict(X509_V_ERR_CERT_HAS_EXPIRED, 1), "\"CN=server\" above the server's"));
}

TEST_CASE("a lone self-signed certificate is told from an unknown root") {
    REQUIRE(verdict(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT).reason == ReasonCode::tls_self_signed);
    const auto code =
        GENERATE(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
                 X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE);
    REQUIRE(verdict(code).reason == ReasonCode::tls_unknown_issuer);
}

TEST_CASE("weak keys and digests are tls_weak") {
    const auto code =
        GENERATE(X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK);
    REQUIRE(verdict(code).reason == ReasonCode::tls_weak);
    const auto reason = GENERATE(SSL_R_EE_KEY_TOO_SMALL, SSL_R_CA_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK,
                                 SSL_R_DH_KEY_TOO_SMALL);
    REQUIRE(tls_handshake_error("host.example", ssl_error(reason)).reason == ReasonCode::tls_weak);
}

TEST_CASE("a certificate that the machine distrusts is named as that") {
    const auto error = verdict(X509_V_ERR_CERT_REJECTED, 1);
    REQUIRE(error.reason == ReasonCode::tls_failed);
    REQUIRE(says(error, "\"CN=server\" above the server's is distrusted on this machine"));
}

TEST_CASE("what has no reason of its own is tls_failed in OpenSSL's words") {
    const auto error = verdict(X509_V_ERR_INVALID_PURPOSE);
    REQUIRE(error.reason == ReasonCode::tls_failed);
    REQUIRE(says(error, X509_verify_cert_error_string(X509_V_ERR_INVALID_PURPOSE)));
}

TEST_CASE("an old version on either side is tls_version") {
    const auto reason =
        GENERATE(SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_VERSION_TOO_LOW);
    REQUIRE(tls_handshake_error("host.example", ssl_error(reason)).reason == ReasonCode::tls_version);
}

TEST_CASE("other handshake errors are tls_failed") {
    REQUIRE(tls_handshake_error("host.example", ssl_error(SSL_R_WRONG_VERSION_NUMBER)).reason ==
            ReasonCode::tls_failed);
    REQUIRE(tls_handshake_error("host.example", ssl_error(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE)).reason ==
            ReasonCode::tls_failed);
    // The same number means something else in another part of OpenSSL.
    REQUIRE(
        tls_handshake_error("host.example", ERR_PACK(ERR_LIB_X509, 0, SSL_R_UNSUPPORTED_PROTOCOL)).reason ==
        ReasonCode::tls_failed);
}

TEST_CASE("no certificate is described as nothing") { REQUIRE(describe_peer(nullptr) == PeerCertificate{}); }

TEST_CASE("a server that refuses to go on without a certificate of the client asks for a log-on") {
    const auto demanded = tls_handshake_error("host.example", ssl_error(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE),
                                              ClientCertificate::never_offered);
    REQUIRE(demanded.reason == ReasonCode::authentication_required);
    REQUIRE(says(demanded, "client certificate"));
    const auto required =
        tls_handshake_error("host.example", ssl_error(SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED));
    REQUIRE(required.reason == ReasonCode::authentication_required);
}

TEST_CASE("a server that demanded a certificate and fails otherwise is not said to ask for a log-on") {
    REQUIRE(tls_handshake_error("host.example", ssl_error(SSL_R_UNSUPPORTED_PROTOCOL),
                                ClientCertificate::never_offered)
                .reason == ReasonCode::tls_version);
}

TEST_CASE("what a server says of the client's certificate counts only where it was shown one") {
    const auto reason = GENERATE(SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
                                 SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
                                 SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, SSL_R_TLSV1_ALERT_UNKNOWN_CA,
                                 SSL_R_TLSV1_ALERT_ACCESS_DENIED, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
    const auto shown = tls_handshake_error("host.example", ssl_error(reason), ClientCertificate::offered);
    CHECK(shown.reason == ReasonCode::authentication_required);
    CHECK(says(shown, "does not accept the client certificate"));
    CHECK(tls_handshake_error("host.example", ssl_error(reason)).reason == ReasonCode::tls_failed);
}

TEST_CASE("who has no certificate configured is not told that none is ever offered") {
    const auto error = tls_handshake_error("host.example", ssl_error(SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED),
                                           ClientCertificate::not_configured);
    CHECK(error.reason == ReasonCode::authentication_required);
    CHECK(says(error, "none is configured"));
}
