#include "tests/support/certificate_builder.h"

#include "common/base/hex.h"
#include "common/certificate/x509_access.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace wta::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

void must(bool done, std::string_view what) {
    if (!done)
        throw std::runtime_error("certificate builder: " + std::string(what) + ": " + first_openssl_error());
}

Number number(std::uint64_t value) {
    Number result(BN_new());
    must(BN_set_word(result.get(), value) == 1, "number");
    return result;
}

Key public_rsa_key(const KeySpec& spec) {
    const Number modulus(BN_new());
    must(BN_rand(modulus.get(), static_cast<int>(spec.bits), BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1,
         "modulus");
    const Number exponent = number(spec.exponent);
    const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> parameters(
        OSSL_PARAM_BLD_to_param(builder.get()));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    must(EVP_PKEY_fromdata_init(context.get()) == 1 &&
             EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1,
         "public RSA key");
    return Key(key);
}

Key dsa_parameters(unsigned bits) {
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr));
    EVP_PKEY* parameters = nullptr;
    must(EVP_PKEY_paramgen_init(context.get()) == 1 &&
             EVP_PKEY_CTX_set_dsa_paramgen_bits(context.get(), static_cast<int>(bits)) == 1 &&
             EVP_PKEY_paramgen(context.get(), &parameters) == 1,
         "DSA parameters");
    return Key(parameters);
}

Key generate(const KeySpec& spec) {
    if (spec.public_only) return public_rsa_key(spec);
    const Key parameters = spec.algorithm == "DSA" ? dsa_parameters(spec.bits) : nullptr;
    const KeyContext context(parameters
                                 ? EVP_PKEY_CTX_new_from_pkey(nullptr, parameters.get(), nullptr)
                                 : EVP_PKEY_CTX_new_from_name(nullptr, spec.algorithm.c_str(), nullptr));
    must(context && EVP_PKEY_keygen_init(context.get()) == 1, "key context " + spec.algorithm);
    if (spec.algorithm.starts_with("RSA")) {
        const Number exponent = number(spec.exponent);
        must(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(spec.bits)) == 1 &&
                 EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), exponent.get()) == 1,
             "RSA size");
    }
    if (spec.algorithm == "EC") {
        must(EVP_PKEY_CTX_set_group_name(context.get(), spec.curve.c_str()) == 1, "curve " + spec.curve);
        must(EVP_PKEY_CTX_set_ec_param_enc(context.get(), spec.explicit_parameters
                                                              ? OPENSSL_EC_EXPLICIT_CURVE
                                                              : OPENSSL_EC_NAMED_CURVE) == 1,
             "curve encoding");
    }
    EVP_PKEY* key = nullptr;
    must(EVP_PKEY_keygen(context.get(), &key) == 1, "key " + spec.algorithm);
    return Key(key);
}

EVP_PKEY* key_of(const KeySpec& spec) {
    static std::map<KeySpec, Key> made;
    Key& key = made[spec];
    if (!key) key = generate(spec);
    return key.get();
}

void set_name(X509_NAME* name, std::string_view text) {
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const auto equals = part.find('=');
        must(equals != std::string_view::npos, "a name needs 'TYPE=value'");
        const std::string type(part.substr(0, equals));
        const std::string_view value = part.substr(equals + 1);
        must(X509_NAME_add_entry_by_txt(name, type.c_str(), MBSTRING_UTF8, as_uchar(as_byte_view(value)),
                                        static_cast<int>(value.size()), -1, 0) == 1,
             "name " + std::string(text));
    }
}

// ASN1_TIME_set() would ask the C library, which knows no time before 1970 on Windows.
void set_time(ASN1_TIME* field, Timestamp time) {
    std::string digits = to_rfc3339(time); // 2026-06-01T00:00:00Z
    std::erase_if(digits, [](char c) { return c == '-' || c == ':' || c == 'T'; });
    must(ASN1_TIME_set_string_X509(field, digits.c_str()) == 1, "time " + digits);
}

void add(X509* x509, const X509V3_CTX& context, int nid, const std::string& value) {
    X509V3_CTX copy = context;
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &copy, nid, value.c_str()));
    must(extension && X509_add_ext(x509, extension.get(), -1) == 1, "extension " + value);
}

void add(X509* x509, const Extension& wanted) {
    const std::unique_ptr<ASN1_OBJECT, Free<ASN1_OBJECT_free>> object(OBJ_txt2obj(wanted.oid.c_str(), 1));
    const std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>> value(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(value.get(), as_uchar(wanted.value), static_cast<int>(wanted.value.size()));
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
        X509_EXTENSION_create_by_OBJ(nullptr, object.get(), wanted.critical ? 1 : 0, value.get()));
    must(extension && X509_add_ext(x509, extension.get(), -1) == 1, "extension " + wanted.oid);
}

void add_extensions(X509* x509, X509* issuer, const Options& options) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
    if (options.ca)
        add(x509, context, NID_basic_constraints, *options.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (options.key_usage) add(x509, context, NID_key_usage, "critical," + *options.key_usage);
    if (options.usage) add(x509, context, NID_ext_key_usage, *options.usage);
    if (options.key_identifiers) {
        add(x509, context, NID_subject_key_identifier, "hash");
        add(x509, context, NID_authority_key_identifier, "keyid");
    }
    for (const auto& extension : options.extensions) add(x509, extension);
}

void sign(X509* x509, const KeySpec& key, const Options& options) {
    const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    const EVP_MD* hash = options.hash.empty() ? nullptr : EVP_get_digestbyname(options.hash.c_str());
    must(options.hash.empty() || hash != nullptr, "OpenSSL has no " + options.hash);
    must(EVP_DigestSignInit(context.get(), &parameters, hash, nullptr, key_of(key)) == 1,
         "signing " + options.hash);
    if (options.pss) {
        must(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1, "PSS");
        if (!options.mask_hash.empty())
            must(EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_get_digestbyname(options.mask_hash.c_str())) ==
                     1,
                 "MGF1");
    }
    must(X509_sign_ctx(x509, context.get()) > 0, "signature");
}

Bytes build(const Options& options, const Ca* signer) {
    const X509Handle x509(X509_new());
    const KeySpec own_signer = options.key.public_only ? rsa() : options.key;
    X509_set_version(x509.get(), options.version - 1);
    static long serial = 1000;
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), ++serial);
    set_name(X509_get_subject_name(x509.get()), options.subject);
    set_name(X509_get_issuer_name(x509.get()),
             options.issuer.value_or(signer == nullptr ? options.subject : signer->subject));
    set_time(X509_getm_notBefore(x509.get()), options.not_before);
    set_time(X509_getm_notAfter(x509.get()), options.not_after);
    must(X509_set_pubkey(x509.get(), key_of(options.key)) == 1, "public key");
    const X509Handle issuer = signer == nullptr ? nullptr : parse_x509(signer->der).x509;
    add_extensions(x509.get(), issuer ? issuer.get() : x509.get(), options);
    const KeySpec key = options.signed_with.value_or(signer == nullptr ? own_signer : signer->key);
    sign(x509.get(), key, options);
    const Bytes der = encoding_of(x509.get());
    if (X509_get_version(x509.get()) == options.version - 1) return der;
    // OpenSSL 3.5 makes it version 3 when there are extensions.
    const unsigned version = static_cast<unsigned>(options.version) - 1;
    return sign_tbs(replaced(tbs_of(der), bytes({0xA0, 0x03, 0x02, 0x01, 0x02}),
                             bytes({0xA0, 0x03, 0x02, 0x01, version})),
                    key);
}

} // namespace

KeySpec rsa(unsigned bits, std::uint64_t exponent) { return {.bits = bits, .exponent = exponent}; }

KeySpec public_rsa(unsigned bits, std::uint64_t exponent) {
    return {.bits = bits, .exponent = exponent, .public_only = true};
}

KeySpec ec(std::string curve) { return {.algorithm = "EC", .curve = std::move(curve)}; }

KeySpec explicit_ec(std::string curve) {
    return {.algorithm = "EC", .curve = std::move(curve), .explicit_parameters = true};
}

KeySpec labelled(KeySpec key, std::string label) {
    key.label = std::move(label);
    return key;
}

Bytes self_signed(const Options& options) { return build(options, nullptr); }

Bytes issued_by(const Ca& ca, const Options& options) { return build(options, &ca); }

Ca make_ca(std::string subject, const Ca* issuer) {
    return make_ca(std::move(subject), issuer,
                   {.not_before = reference_time - std::chrono::days{10 * 365},
                    .not_after = reference_time + std::chrono::days{10 * 365}});
}

Ca make_ca(std::string subject, const Ca* issuer, Options options) {
    options.key = labelled(ec(), subject);
    options.subject = subject;
    options.ca = true;
    options.key_usage = "keyCertSign,cRLSign";
    options.usage.reset();
    options.key_identifiers = true;
    Bytes der = build(options, issuer);
    return {std::move(der), std::move(subject), options.key};
}

Bytes bytes(std::initializer_list<unsigned> values) {
    Bytes result;
    for (const unsigned value : values) result.push_back(static_cast<std::byte>(value));
    return result;
}

Bytes joined(std::initializer_list<ByteView> parts) {
    Bytes result;
    for (const ByteView part : parts) result.insert(result.end(), part.begin(), part.end());
    return result;
}

Bytes element(unsigned tag, ByteView content) {
    Bytes length;
    if (content.size() < 0x80) {
        length = bytes({static_cast<unsigned>(content.size())});
    } else {
        for (std::size_t rest = content.size(); rest != 0; rest >>= 8U)
            length.insert(length.begin(), static_cast<std::byte>(rest & 0xFFU));
        length.insert(length.begin(), static_cast<std::byte>(0x80U + length.size()));
    }
    return joined({bytes({tag}), length, content});
}

Bytes indefinite_element(unsigned tag, ByteView content) {
    return joined({bytes({tag, 0x80}), content, bytes({0, 0})});
}

Bytes replaced(ByteView in, ByteView from, ByteView to) {
    const auto found = std::ranges::search(in, from);
    must(!found.empty(), "nothing to replace");
    return joined({ByteView(in.begin(), found.begin()), to, ByteView(found.end(), in.end())});
}

Bytes tbs_of(ByteView certificate) {
    const unsigned char* position = as_uchar(certificate);
    long outer = 0;
    long inner = 0;
    int tag = 0;
    int tag_class = 0;
    const auto size = static_cast<long>(certificate.size());
    must(ASN1_get_object(&position, &outer, &tag, &tag_class, size) == V_ASN1_CONSTRUCTED, "certificate");
    const unsigned char* const start = position;
    must(ASN1_get_object(&position, &inner, &tag, &tag_class, outer) == V_ASN1_CONSTRUCTED, "TBS");
    return to_bytes(std::as_bytes(std::span(start, position + inner)));
}

Bytes sign_tbs(ByteView tbs, const KeySpec& key) {
    const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_of(key)) == 1, "signing");
    std::size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, as_uchar(tbs), tbs.size());
    std::vector<unsigned char> signature(size);
    must(EVP_DigestSign(context.get(), signature.data(), &size, as_uchar(tbs), tbs.size()) == 1, "signature");
    signature.resize(size);
    const Bytes algorithm =
        bytes({0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00});
    const Bytes bit_string = element(0x03, joined({bytes({0}), std::as_bytes(std::span(signature))}));
    return element(0x30, joined({tbs, algorithm, bit_string}));
}

std::string to_pem(ByteView der, std::string_view label, std::string_view line_end) {
    const std::string base64 = to_base64(der);
    std::string pem = "-----BEGIN " + std::string(label) + "-----" + std::string(line_end);
    for (std::size_t at = 0; at < base64.size(); at += 64) pem.append(base64.substr(at, 64)).append(line_end);
    return pem + "-----END " + std::string(label) + "-----" + std::string(line_end);
}

Bytes private_key_der(const KeySpec& key) {
    const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>> info(
        EVP_PKEY2PKCS8(key_of(key)));
    unsigned char* raw = nullptr;
    const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &raw);
    must(size > 0, "private key");
    Bytes der = to_bytes(std::as_bytes(std::span(raw, static_cast<std::size_t>(size))));
    OPENSSL_free(raw);
    return der;
}

} // namespace wta::test
