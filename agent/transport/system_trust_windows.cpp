#include "agent/transport/system_trust.h"

#include "agent/platform/server_chain.h"
#include "agent/transport/openssl_handle.h"
#include "agent/transport/tls_verdict.h"
#include "common/base/utf.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <exception>

namespace wta {
namespace {

using platform::ChainFlaw;
using platform::ChainObjection;
using platform::ServerChain;

using X509Handle = OpensslHandle<X509, &X509_free>;
using OpensslText = OpensslHandle<char, [](char* text) { OPENSSL_free(text); }>;

// Where an SSL keeps why Windows refused its server.
int refusal_slot() {
    const auto free_refusal = [](void*, void* refusal, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<Error*>(refusal);
    };
    static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_refusal);
    return slot;
}

// Ends the verification: what was kept is the answer.
int refused(X509_STORE_CTX* verification, SSL* ssl, Error error) {
    auto kept = std::make_unique<Error>(std::move(error));
    if (SSL_set_ex_data(ssl, refusal_slot(), kept.get()) == 1) static_cast<void>(kept.release());
    X509_STORE_CTX_set_error(verification, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

Result<Bytes> der_of(X509* certificate) {
    const int size = i2d_X509(certificate, nullptr);
    if (size <= 0) return refuse(ReasonCode::tls_failed, "OpenSSL cannot write a certificate");
    Bytes der(static_cast<std::size_t>(size));
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(certificate, &out);
    return der;
}

// The server's own certificate first; OpenSSL's list of the others holds it, too.
Result<std::vector<Bytes>> sent_by_the_server(X509_STORE_CTX* verification) {
    X509* server = X509_STORE_CTX_get0_cert(verification);
    std::vector<X509*> certificates{server};
    STACK_OF(X509)* others = X509_STORE_CTX_get0_untrusted(verification);
    for (int i = 0; i < sk_X509_num(others); ++i)
        if (X509_cmp(sk_X509_value(others, i), server) != 0) certificates.push_back(sk_X509_value(others, i));
    std::vector<Bytes> sent;
    for (X509* certificate : certificates) {
        auto der = der_of(certificate);
        if (!der) return std::unexpected(std::move(der).error());
        sent.push_back(std::move(*der));
    }
    return sent;
}

Result<std::vector<X509Handle>> read_chain(const std::vector<Bytes>& chain) {
    std::vector<X509Handle> read;
    for (const Bytes& der : chain) {
        const auto* in = reinterpret_cast<const unsigned char*>(der.data());
        X509Handle certificate(d2i_X509(nullptr, &in, static_cast<long>(der.size())));
        if (!certificate)
            return refuse(ReasonCode::tls_failed, "OpenSSL cannot read the chain: " + openssl_words());
        read.push_back(std::move(certificate));
    }
    return read;
}

bool was_sent(const Bytes& certificate, const std::vector<Bytes>& sent) {
    return std::ranges::find(sent, certificate) != sent.end();
}

// The name that OpenSSL gives to an objection of Windows; X509_V_OK where it has none.
int openssl_name(const ChainObjection& objection, const X509* certificate) {
    switch (objection.flaw) {
    case ChainFlaw::distrusted: return X509_V_ERR_CERT_REJECTED;
    case ChainFlaw::revoked: return X509_V_ERR_CERT_REVOKED;
    case ChainFlaw::bad_signature: return X509_V_ERR_CERT_SIGNATURE_FAILURE;
    case ChainFlaw::unknown_issuer: return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    case ChainFlaw::untrusted_root:
        return objection.depth == 0 ? X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
                                    : X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
    case ChainFlaw::weak_signature: return X509_V_ERR_CA_MD_TOO_WEAK;
    case ChainFlaw::wrong_usage: return X509_V_ERR_INVALID_PURPOSE;
    case ChainFlaw::outside_validity:
        return X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0 ? X509_V_ERR_CERT_NOT_YET_VALID
                                                                           : X509_V_ERR_CERT_HAS_EXPIRED;
    case ChainFlaw::host_mismatch: return X509_V_ERR_HOSTNAME_MISMATCH;
    case ChainFlaw::other: break;
    }
    return X509_V_OK;
}

Error error_of(const std::string& host, ChainObjection objection, const ServerChain& chain,
               const std::vector<X509Handle>& certificates, const std::vector<Bytes>& sent) {
    // A root that lies in another store of the machine: what was sent ends below it.
    if (objection.flaw == ChainFlaw::untrusted_root && objection.depth > 0 &&
        !was_sent(chain.certificates[objection.depth], sent)) {
        objection = {ChainFlaw::unknown_issuer, objection.depth - 1, objection.words};
    }
    const X509* certificate = certificates[objection.depth].get();
    if (const int name = openssl_name(objection, certificate); name != X509_V_OK)
        return tls_verify_error(host, {name, static_cast<int>(objection.depth), describe_peer(certificate)});
    return {ErrorCode::invalid,
            fmt::format("Windows does not accept the certificate \"{}\" for the server: {}",
                        describe_peer(certificate).subject, objection.words),
            std::nullopt, ReasonCode::tls_failed};
}

// OpenSSL, with the root that Windows trusts as the only one: name, usage, strength and dates as on Linux.
// Its objections take their way through the callback of the verification.
int verify_with_openssl(X509_STORE_CTX* verification, const std::vector<X509Handle>& certificates) {
    const Certificates root(sk_X509_new_null());
    const Certificates between(sk_X509_new_null());
    if (!root || !between) return 0;
    for (const X509Handle& certificate : certificates) {
        STACK_OF(X509)* list = &certificate == &certificates.back() ? root.get() : between.get();
        if (X509_up_ref(certificate.get()) != 1 || sk_X509_push(list, certificate.get()) == 0) return 0;
    }
    X509_STORE_CTX_set0_trusted_stack(verification, root.get());
    X509_STORE_CTX_set0_untrusted(verification, between.get());
    return X509_verify_cert(verification) == 1 ? 1 : 0;
}

int judge(X509_STORE_CTX* verification, SSL* ssl) {
    const char* name = X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 0);
    const OpensslText address(X509_VERIFY_PARAM_get1_ip_asc(SSL_get0_param(ssl)));
    const auto host = name != nullptr ? std::optional<std::string>(name) : std::nullopt;

    const auto sent = sent_by_the_server(verification);
    if (!sent) return refused(verification, ssl, sent.error());
    const auto chain = platform::judge_server_chain(*sent, host);
    if (!chain) return refused(verification, ssl, chain.error());
    const auto certificates = read_chain(chain->certificates);
    if (!certificates) return refused(verification, ssl, certificates.error());
    if (chain->objection) {
        const std::string whom = host.value_or(address ? address.get() : "");
        return refused(verification, ssl, error_of(whom, *chain->objection, *chain, *certificates, *sent));
    }
    return verify_with_openssl(verification, *certificates);
}

// OpenSSL calls it in the handshake.
int judge_without_throwing(X509_STORE_CTX* verification, void*) noexcept {
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    try {
        return judge(verification, ssl);
    } catch (const std::exception&) { // memory ran out
        X509_STORE_CTX_set_error(verification, X509_V_ERR_OUT_OF_MEM);
        return 0;
    }
}

} // namespace

Result<void> trust_as_the_system(SSL_CTX* context) {
    SSL_CTX_set_cert_verify_callback(context, &judge_without_throwing, nullptr);
    return {};
}

std::optional<Error> system_refusal(const SSL* ssl) {
    const auto* refusal = static_cast<const Error*>(SSL_get_ex_data(ssl, refusal_slot()));
    if (refusal == nullptr) return std::nullopt;
    return *refusal;
}

} // namespace wta
