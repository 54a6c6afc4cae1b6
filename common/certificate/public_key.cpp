#include "common/certificate/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace wta {
namespace {

constexpr int max_cheap_bits = 8192;

bool is_rsa(const EVP_PKEY* key) { return EVP_PKEY_is_a(key, "RSA") == 1; }
bool is_ec(const EVP_PKEY* key) { return EVP_PKEY_is_a(key, "EC") == 1; }

bool has_accepted_exponent(const EVP_PKEY* key) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) != 1) return false;
    const std::unique_ptr<BIGNUM, Free<BN_free>> exponent(raw);
    constexpr BN_ULONG least = 65537;
    return BN_is_odd(exponent.get()) == 1 &&
           (BN_num_bits(exponent.get()) > 17 || BN_get_word(exponent.get()) >= least);
}

// Parameters that spell a curve out can differ from the standard curve in one place that gives the key away
// (CVE-2020-0601), even where OpenSSL finds a name for them.
bool defines_its_own_curve(const EVP_PKEY* key) {
    int explicit_parameters = 0;
    return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                  &explicit_parameters) != 1 ||
           explicit_parameters != 0;
}

std::string curve_of(const EVP_PKEY* key) {
    std::array<char, 80> name{};
    if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1) return "an unnamed curve";
    const std::string_view curve(name.data());
    if (curve == SN_X9_62_prime256v1) return "P-256";
    if (curve == SN_secp384r1) return "P-384";
    if (curve == SN_secp521r1) return "P-521";
    return std::string(curve);
}

PublicKey describe_ec(const EVP_PKEY* key, int bits) {
    if (defines_its_own_curve(key))
        return {.type = KeyType::ec,
                .name = "EC with explicit parameters",
                .bits = bits,
                .curve_accepted = false};
    const std::string curve = curve_of(key);
    const bool accepted = curve == "P-256" || curve == "P-384" || curve == "P-521";
    return {.type = KeyType::ec, .name = "EC " + curve, .bits = bits, .curve_accepted = accepted};
}

std::string name_of_other(const EVP_PKEY* key, int bits) {
    const char* name = EVP_PKEY_get0_type_name(key);
    const std::string_view type = name == nullptr ? "unknown" : name;
    if (type == "ED25519") return "Ed25519";
    if (type == "ED448") return "Ed448";
    if (type == "RSA-PSS") return fmt::format("RSASSA-PSS key {}", bits);
    return fmt::format("{} {}", type, bits);
}

std::string name_of_unreadable(const X509* x509) {
    ASN1_OBJECT* algorithm = nullptr;
    X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, X509_get_X509_PUBKEY(x509));
    return algorithm == nullptr ? "unreadable" : "unreadable " + algorithm_name(algorithm);
}

SignatureHash strength_of(int hash_nid) {
    switch (hash_nid) {
    case NID_sha256:
    case NID_sha384:
    case NID_sha512: return SignatureHash::sha256_or_better;
    case NID_sha1: return SignatureHash::sha1;
    case NID_md2:
    case NID_md4:
    case NID_md5:
    case NID_md5_sha1:
    case NID_mdc2:
    case NID_ripemd160:
    case NID_sha224:
    case NID_sha512_224: return SignatureHash::weaker;
    default: return SignatureHash::other;
    }
}

// RFC 4055 3.1: an absent algorithm is SHA-1.
int hash_nid_of(const X509_ALGOR* algorithm) {
    if (algorithm == nullptr) return NID_sha1;
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    return OBJ_obj2nid(object);
}

// The hash inside the mask generation function MGF1, RFC 4055 2.2.
int mask_hash_nid_of(const X509_ALGOR* mask) {
    if (mask == nullptr) return NID_sha1;
    const ASN1_OBJECT* object = nullptr;
    int type = 0;
    const void* parameter = nullptr;
    X509_ALGOR_get0(&object, &type, &parameter, mask);
    if (OBJ_obj2nid(object) != NID_mgf1 || type != V_ASN1_SEQUENCE) return NID_undef;
    const std::unique_ptr<X509_ALGOR, Free<X509_ALGOR_free>> hash(static_cast<X509_ALGOR*>(
        ASN1_item_unpack(static_cast<const ASN1_STRING*>(parameter), ASN1_ITEM_rptr(X509_ALGOR))));
    return hash ? hash_nid_of(hash.get()) : NID_undef;
}

Signature pss_signature(const X509_ALGOR* algorithm) {
    int type = 0;
    const void* parameter = nullptr;
    X509_ALGOR_get0(nullptr, &type, &parameter, algorithm);
    const std::unique_ptr<RSA_PSS_PARAMS, Free<RSA_PSS_PARAMS_free>> pss(
        type != V_ASN1_SEQUENCE
            ? nullptr
            : static_cast<RSA_PSS_PARAMS*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(parameter),
                                                            ASN1_ITEM_rptr(RSA_PSS_PARAMS))));
    if (!pss) return {SignatureHash::other, "rsassaPss with unreadable parameters"};

    const int hash_nid = hash_nid_of(pss->hashAlgorithm);
    const int mask_nid = mask_hash_nid_of(pss->maskGenAlgorithm);
    Signature signature{strength_of(hash_nid), fmt::format("rsassaPss with {}", OBJ_nid2sn(hash_nid))};
    if (mask_nid == hash_nid) return signature;
    signature.name += fmt::format(", mask {}", OBJ_nid2sn(mask_nid));
    const SignatureHash mask = strength_of(mask_nid);
    if (signature.hash == SignatureHash::sha256_or_better && mask != SignatureHash::sha256_or_better)
        signature.hash = mask == SignatureHash::other ? SignatureHash::other : SignatureHash::weaker;
    return signature;
}

} // namespace

bool cheap_to_use(const EVP_PKEY* key) {
    if (key == nullptr) return false;
    if (is_ec(key)) return !defines_its_own_curve(key);
    return EVP_PKEY_get_bits(key) <= max_cheap_bits;
}

PublicKey public_key_of(const X509* x509) {
    const EVP_PKEY* key = X509_get0_pubkey(x509);
    if (key == nullptr) return {.type = KeyType::other, .name = name_of_unreadable(x509)};
    const int bits = EVP_PKEY_get_bits(key);
    if (is_ec(key)) return describe_ec(key, bits);
    if (!is_rsa(key)) return {.type = KeyType::other, .name = name_of_other(key, bits), .bits = bits};
    return {.type = KeyType::rsa,
            .name = fmt::format("RSA {}", bits),
            .bits = bits,
            .exponent_accepted = has_accepted_exponent(key)};
}

Signature signature_of(const X509* x509) {
    const X509_ALGOR* algorithm = nullptr;
    X509_get0_signature(nullptr, &algorithm, x509);
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    const int nid = OBJ_obj2nid(object);
    if (nid == NID_rsassaPss) return pss_signature(algorithm);
    int hash_nid = NID_undef;
    int key_nid = NID_undef;
    if (OBJ_find_sigid_algs(nid, &hash_nid, &key_nid) != 1) hash_nid = NID_undef;
    return {strength_of(hash_nid), algorithm_name(object)};
}

} // namespace wta
