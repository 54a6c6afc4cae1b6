#include "agent/transport/client_identity.h"

#include "agent/platform/platform.h"
#include "agent/transport/tls_verdict.h"
#include "common/base/utf.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <filesystem>

namespace wta {
namespace {

constexpr std::size_t max_file = 1024 * 1024;

using Bio = OpensslHandle<BIO, &BIO_free_all>;
using X509Handle = OpensslHandle<X509, &X509_free>;
using KeyHandle = OpensslHandle<EVP_PKEY, &EVP_PKEY_free>;
using Pkcs12Handle = OpensslHandle<PKCS12, &PKCS12_free>;
using Memory = OpensslHandle<void, [](void* memory) { OPENSSL_free(memory); }>;

std::unexpected<Error> unusable(std::string what) {
    ERR_clear_error();
    return refuse(ReasonCode::tls_failed, std::move(what));
}

std::unexpected<Error> has_a_password() {
    return unusable(
        "is protected by a password, which is not supported, because nobody is there to type it; "
        "write it anew with \"openssl pkcs12 -in FILE -nodes -out NEW.pem\" (of a PEM file the key "
        "with \"openssl pkey -in FILE\") and let only administrators read that");
}

// One block of a PEM file (RFC 7468).
struct PemBlock {
    std::string name;
    bool encrypted = false;
    std::basic_string_view<unsigned char> der;
};

struct Found {
    std::vector<X509Handle> certificates;
    KeyHandle key;
};

Result<void> take(const PemBlock& block, Found& found) {
    const unsigned char* der = block.der.data();
    const auto size = static_cast<long>(block.der.size());
    if (block.name == PEM_STRING_X509) {
        X509Handle certificate(d2i_X509(nullptr, &der, size));
        if (!certificate)
            return unusable(
                fmt::format("holds a certificate that is damaged, number {}", found.certificates.size() + 1));
        found.certificates.push_back(std::move(certificate));
    } else if (block.name.ends_with("PRIVATE KEY")) {
        if (block.encrypted || block.name == PEM_STRING_PKCS8) return has_a_password();
        if (found.key) return unusable("holds more than one private key");
        found.key.reset(d2i_AutoPrivateKey(nullptr, &der, size));
        if (!found.key) return unusable("holds a private key that is damaged or of an unknown kind");
    }
    return {};
}

Result<Found> read_pem(std::string_view content) {
    const Bio bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    if (!bio) return unusable("cannot be read: no memory");
    Found found;
    ERR_clear_error();
    for (;;) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long size = 0;
        if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) break;
        const Memory name_owner(name);
        const Memory header_owner(header);
        const Memory data_owner(data);
        const std::string_view headers(header);
        WTA_TRY(take({name, headers.contains("ENCRYPTED"), {data, static_cast<std::size_t>(size)}}, found));
    }
    const unsigned long last = ERR_peek_last_error();
    const bool complete = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    if (!complete) return unusable("is damaged: one of its PEM blocks does not end as it begins");
    ERR_clear_error();
    return found;
}

// The password of a file without one: none at all, or an empty one (RFC 7292, B.1 lets both be).
const char* const* opening(PKCS12* container) {
    static constexpr const char* none = nullptr;
    static constexpr const char* empty = "";
    if (PKCS12_mac_present(container) != 1) return &none;
    for (const char* const* password : {&empty, &none})
        if (PKCS12_verify_mac(container, *password, 0) == 1) return password;
    return nullptr;
}

Result<Found> read_pkcs12(std::string_view content) {
    const auto* der = reinterpret_cast<const unsigned char*>(content.data());
    const Pkcs12Handle container(d2i_PKCS12(nullptr, &der, static_cast<long>(content.size())));
    if (!container) return unusable("is neither PEM nor PKCS #12");
    const char* const* password = opening(container.get());
    if (password == nullptr) return has_a_password();
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* issuers = nullptr;
    if (PKCS12_parse(container.get(), *password, &key, &certificate, &issuers) != 1) {
        return unusable(
            fmt::format("is PKCS #12 that OpenSSL does not open ({}); write it anew with \"openssl "
                        "pkcs12 -legacy -in FILE -nodes -out NEW.pem\"",
                        openssl_words()));
    }
    Found found;
    found.key.reset(key);
    if (certificate != nullptr) found.certificates.emplace_back(certificate);
    while (sk_X509_num(issuers) > 0) found.certificates.emplace_back(sk_X509_shift(issuers));
    sk_X509_free(issuers);
    ERR_clear_error();
    return found;
}

// The certificate that belongs to the key, and then the others.
Result<ClientIdentity> identity_of(Found found) {
    if (found.certificates.empty() && !found.key)
        return unusable("holds neither a certificate nor a private key");
    if (found.certificates.empty()) return unusable("holds no certificate, only a private key");
    if (!found.key)
        return unusable(
            "holds no private key; the certificate, those above it and the key belong into one file");
    ClientIdentity identity{nullptr, std::move(found.key), Certificates(sk_X509_new_null())};
    for (X509Handle& certificate : found.certificates) {
        if (!identity.certificate && X509_check_private_key(certificate.get(), identity.key.get()) == 1)
            identity.certificate = std::move(certificate);
        else if (X509_add_cert(identity.issuers.get(), certificate.get(), X509_ADD_FLAG_UP_REF) != 1)
            return unusable("cannot be read: no memory");
    }
    if (!identity.certificate)
        return unusable("holds the private key of another certificate than those that stand in it");
    ERR_clear_error();
    return identity;
}

constexpr bool is_der_sequence(std::string_view content) { return content.starts_with('\x30'); }

} // namespace

Result<ClientIdentity> parse_client_identity(std::string_view content) {
    auto found = is_der_sequence(content) ? read_pkcs12(content) : read_pem(content);
    if (!found) return std::unexpected(std::move(found).error());
    return identity_of(std::move(*found));
}

Result<ClientIdentity> read_client_identity(const std::string& file) {
    const std::filesystem::path path(std::u8string(file.begin(), file.end()));
    const auto complaint = [&file](std::string_view what) {
        return refuse(ReasonCode::tls_failed, fmt::format("the file with the client certificate, \"{}\", {}",
                                                          printable(file, 300), what));
    };
    auto content = platform::read_file(path, max_file);
    if (!content) return complaint("cannot be read: " + content.error().message);
    if (platform::is_elevated()) {
        auto who = platform::readable_by_others(path);
        if (!who) who = platform::writable_by_others(path);
        if (who)
            return complaint("is not used, because it must be closed to all but administrators: " + *who);
    }
    auto identity = parse_client_identity(*content);
    OPENSSL_cleanse(content->data(), content->size());
    if (!identity) return complaint(identity.error().message);
    return identity;
}

Result<void> offer_identity(SSL* ssl, const ClientIdentity& identity) {
    ERR_clear_error();
    if (SSL_use_cert_and_key(ssl, identity.certificate.get(), identity.key.get(), identity.issuers.get(),
                             1) != 1)
        return refuse(ReasonCode::tls_failed,
                      "the client certificate is not taken by OpenSSL: " + openssl_words());
    // Only what the file says is sent along: nothing is looked for among the roots.
    SSL_ctrl(ssl, SSL_CTRL_MODE, SSL_MODE_NO_AUTO_CHAIN, nullptr);
    return {};
}

} // namespace wta
