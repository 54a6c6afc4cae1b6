#include "agent/transport/tls_context.h"

#include "agent/platform/platform.h"
#include "agent/transport/system_trust.h"
#include "agent/transport/tls_verdict.h"
#include "common/base/bytes.h"
#include "common/base/utf.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <string>

namespace wta {
namespace {

constexpr std::size_t max_ca_file = 4 * 1024 * 1024;
constexpr int max_chain_depth = 10;
// RSA 2048, P-256, SHA-256 or better: 112 bits (NIST SP 800-57).
constexpr int security_level = 2;

using Bio = OpensslHandle<BIO, &BIO_free_all>;
using X509Handle = OpensslHandle<X509, &X509_free>;

std::unexpected<Error> ca_file_error(const std::string& file, std::string_view what) {
    return refuse(ReasonCode::tls_ca_file,
                  fmt::format("the file with the roots for TLS, \"{}\", {}", printable(file, 300), what));
}

// An encrypted block must not make OpenSSL ask at the terminal.
int no_password(char*, int, int, void*) { return -1; }

// True when reading ended because no further PEM block begins.
bool at_end_of_pem() {
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

} // namespace

Result<std::string> read_ca_file(const std::string& file) {
    auto text = platform::read_file(std::u8string(file.begin(), file.end()), max_ca_file);
    if (!text) return ca_file_error(file, fmt::format("cannot be read: {}", text.error().message));
    return std::move(*text);
}

Result<void> add_roots(SSL_CTX* context, const std::string& file, std::string_view text) {
    const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio) return ca_file_error(file, "cannot be read: no memory");
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    ERR_clear_error();
    int count = 0;
    while (const X509Handle root{PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr)}) {
        if (X509_STORE_add_cert(store, root.get()) != 1) {
            return ca_file_error(
                file, fmt::format("holds a certificate that OpenSSL does not take, number {}", count + 1));
        }
        ++count;
    }
    const bool complete = at_end_of_pem();
    ERR_clear_error();
    if (!complete) return ca_file_error(file, fmt::format("is damaged after {} certificates", count));
    if (count == 0) return ca_file_error(file, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
    return {};
}

Result<SslContext> make_tls_context(TlsRoots roots) {
    // Before any other use of TLS: OpenSSL's configuration file and OPENSSL_CONF can change what is trusted.
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1) {
        return refuse(ReasonCode::tls_failed, "OpenSSL does not start: " + openssl_words());
    }
    SslContext context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
        return refuse(ReasonCode::tls_failed, "OpenSSL gives no TLS context: " + openssl_words());
    }
    SSL_CTX_set_security_level(context.get(), security_level);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_verify_depth(context.get(), max_chain_depth);
    if (roots == TlsRoots::of_the_system) WTA_TRY(trust_as_the_system(context.get()));
    return context;
}

Result<void> expect_host(SSL* ssl, const std::string& host, bool ip_literal) {
    X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    std::string server_name =
        host; // SSL_ctrl (the function behind SSL_set_tlsext_host_name) wants it writable
    const bool set = ip_literal ? X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1
                                : SSL_set1_host(ssl, host.c_str()) == 1 &&
                                      SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                                               server_name.data()) == 1;
    if (!set) {
        return refuse(ReasonCode::tls_failed, fmt::format("OpenSSL cannot verify the host name \"{}\": {}",
                                                          printable(host, 300), openssl_words()));
    }
    return {};
}

} // namespace wta
