#include "agent/transport/tls_verdict.h"

#include "agent/transport/openssl_handle.h"
#include "common/base/time.h"
#include "common/base/utf.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <ctime>

namespace wta {
namespace {

constexpr std::size_t name_bytes = 300;
constexpr int max_names = 20;

using Bio = OpensslHandle<BIO, &BIO_free_all>;
using GeneralNames = OpensslHandle<GENERAL_NAMES, &GENERAL_NAMES_free>;

std::string_view text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string_view(data, static_cast<std::size_t>(size)) : std::string_view();
}

std::string name_text(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || name == nullptr ||
        X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
        return {};
    }
    return printable(text_of(bio.get()), name_bytes);
}

std::string time_text(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
    const std::chrono::year_month_day day{std::chrono::year{parts.tm_year + 1900},
                                          std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
                                          std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
    return to_rfc3339(std::chrono::sys_days{day} + std::chrono::hours{parts.tm_hour} +
                      std::chrono::minutes{parts.tm_min} + std::chrono::seconds{parts.tm_sec});
}

std::string host_names(const X509* certificate) {
    const GeneralNames names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!names || !bio) return {};
    int printed = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()) && printed < max_names; ++i) {
        GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
        if (printed++ > 0) BIO_puts(bio.get(), ", ");
        GENERAL_NAME_print(bio.get(), name);
    }
    return printable(text_of(bio.get()), name_bytes);
}

std::string whose(const VerifyFailure& failure) {
    return failure.depth == 0
               ? std::string("the server's certificate")
               : fmt::format("the certificate \"{}\" above the server's", failure.certificate.subject);
}

std::string verify_words(int code) { return X509_verify_cert_error_string(code); }

Error error(ReasonCode reason, std::string message) {
    return {ErrorCode::invalid, std::move(message), std::nullopt, reason};
}

Error host_mismatch(const std::string& host, const VerifyFailure& failure) {
    const std::string& names = failure.certificate.names;
    return error(ReasonCode::tls_host_mismatch,
                 fmt::format("the server's certificate is not for \"{}\"; {}", printable(host, name_bytes),
                             names.empty() ? "it names no host or address (a common name does not count)"
                                           : "it names " + names));
}

} // namespace

PeerCertificate describe_peer(const X509* certificate) {
    if (certificate == nullptr) return {};
    return {name_text(X509_get_subject_name(certificate)), name_text(X509_get_issuer_name(certificate)),
            host_names(certificate), time_text(X509_get0_notBefore(certificate)),
            time_text(X509_get0_notAfter(certificate))};
}

Error tls_verify_error(const std::string& host, const VerifyFailure& failure) {
    const PeerCertificate& certificate = failure.certificate;
    switch (failure.code) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return host_mismatch(host, failure);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return error(ReasonCode::tls_expired,
                     fmt::format("{} expired on {}", whose(failure), certificate.not_after));
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return error(ReasonCode::tls_not_yet_valid,
                     fmt::format("{} is valid only from {} on", whose(failure), certificate.not_before));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return error(
            ReasonCode::tls_self_signed,
            fmt::format("the server's certificate \"{}\" is self-signed and not among the roots for TLS",
                        certificate.subject));
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return error(ReasonCode::tls_unknown_issuer,
                     fmt::format("the root that the server sends, \"{}\", is not among the roots for TLS",
                                 certificate.subject));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return error(
            ReasonCode::tls_unknown_issuer,
            fmt::format("{} was issued by \"{}\", which is neither among the roots for TLS nor sent along",
                        whose(failure), certificate.issuer));
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return error(ReasonCode::tls_weak,
                     fmt::format("{} is too weak: {}", whose(failure), verify_words(failure.code)));
    case X509_V_ERR_CERT_REJECTED:
        return error(ReasonCode::tls_failed, fmt::format("{} is distrusted on this machine", whose(failure)));
    default:
        return error(ReasonCode::tls_failed,
                     fmt::format("{} was not accepted: {}", whose(failure), verify_words(failure.code)));
    }
}

Error client_certificate_error(const std::string& host, std::string_view how, ClientCertificate of_us) {
    const auto sentence = [&](std::string_view what) {
        return error(ReasonCode::authentication_required,
                     fmt::format("\"{}\" {} ({})", printable(host, name_bytes), what, how));
    };
    switch (of_us) {
    case ClientCertificate::not_asked_for:
    case ClientCertificate::never_offered:
        return sentence("demands a client certificate, and none is ever offered");
    case ClientCertificate::not_configured:
        return sentence("demands a client certificate, and none is configured");
    case ClientCertificate::offered: return sentence("does not accept the client certificate");
    }
    return sentence("demands a client certificate");
}

Error tls_handshake_error(const std::string& host, unsigned long openssl_error, ClientCertificate of_us) {
    const std::string server = printable(host, name_bytes);
    const std::string words = openssl_words(openssl_error);
    const auto failed = [&] {
        return error(ReasonCode::tls_failed, fmt::format("TLS with \"{}\" failed: {}", server, words));
    };
    if (ERR_GET_LIB(openssl_error) != ERR_LIB_SSL) return failed();
    switch (ERR_GET_REASON(openssl_error)) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return error(ReasonCode::tls_version,
                     fmt::format("\"{}\" speaks no TLS 1.2 or later: {}", server, words));
    case SSL_R_WRONG_VERSION_NUMBER:
        return error(ReasonCode::tls_failed,
                     fmt::format("what answers at \"{}\" does not speak TLS: {}", server, words));
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
    case SSL_R_DH_KEY_TOO_SMALL:
        return error(ReasonCode::tls_weak,
                     fmt::format("\"{}\" uses a key that is too weak: {}", server, words));
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return client_certificate_error(host, words, of_us);
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        if (of_us != ClientCertificate::not_asked_for) return client_certificate_error(host, words, of_us);
        return error(ReasonCode::tls_failed,
                     fmt::format("\"{}\" agrees to no cipher or key exchange of those that are safe: {}",
                                 server, words));
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE: // RFC 8446, 6.2: these are about what was offered
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        if (of_us == ClientCertificate::offered) return client_certificate_error(host, words, of_us);
        return failed();
    default: return failed();
    }
}

std::string openssl_words(unsigned long openssl_error) {
    const char* words = ERR_reason_error_string(openssl_error);
    return words != nullptr ? words : fmt::format("OpenSSL error {:#x}", openssl_error);
}

std::string openssl_words() {
    const unsigned long last = ERR_peek_last_error();
    ERR_clear_error();
    return openssl_words(last);
}

} // namespace wta
