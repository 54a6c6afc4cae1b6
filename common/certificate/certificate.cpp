#include "common/certificate/certificate.h"

#include "common/certificate/container.h"
#include "common/certificate/der_form.h"
#include "common/certificate/public_key.h"
#include "common/certificate/x509_access.h"

#include <fmt/format.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace wta {
namespace {

constexpr std::string_view application_policies_oid = "1.3.6.1.4.1.311.21.10";

ByteView value_of(X509_EXTENSION* extension) {
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
    return std::as_bytes(
        std::span(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))));
}

// The bytes of the one extension of this kind.
std::optional<ByteView> extension_value(const X509* x509, int nid) {
    const int index = X509_get_ext_by_NID(x509, nid, -1);
    if (index < 0) return std::nullopt;
    return value_of(X509_get_ext(x509, index));
}

std::optional<ByteView> extension_value(const X509* x509, std::string_view oid) {
    const std::unique_ptr<ASN1_OBJECT, Free<ASN1_OBJECT_free>> object(
        OBJ_txt2obj(std::string(oid).c_str(), 1));
    const int index = object ? X509_get_ext_by_OBJ(x509, object.get(), -1) : -1;
    if (index < 0) return std::nullopt;
    return value_of(X509_get_ext(x509, index));
}

bool extension_repeats(const X509* x509) {
    std::set<std::string_view> seen;
    for (int i = 0; i < X509_get_ext_count(x509); ++i) {
        const ASN1_OBJECT* object = X509_EXTENSION_get_object(X509_get_ext(x509, i));
        const auto bytes = std::as_bytes(std::span(OBJ_get0_data(object), OBJ_length(object)));
        if (!seen.insert(as_text(bytes)).second) return true;
    }
    return false;
}

// RFC 5280 4.1.2.1 and 4.1.2.9: version 1, 2 or 3, and extensions in 3 only.
bool version_fits(const X509* x509) {
    const long version = X509_get_version(x509);
    return version == X509_VERSION_3 ||
           ((version == X509_VERSION_1 || version == X509_VERSION_2) && X509_get_ext_count(x509) == 0);
}

// OpenSSL passes over what stands behind an extension's value and over BER in it; a decision must not rest on
// either. decode_usages() sees to it for the extended key usage.
bool deciding_extensions_are_der(const X509* x509) {
    return std::ranges::all_of(std::array{NID_basic_constraints, NID_key_usage}, [x509](int nid) {
        const auto value = extension_value(x509, nid);
        return !value || is_der(*value);
    });
}

bool says_ca(const X509* x509) {
    const auto value = extension_value(x509, NID_basic_constraints);
    if (!value) return false;
    const unsigned char* position = as_uchar(*value);
    const std::unique_ptr<BASIC_CONSTRAINTS, Free<BASIC_CONSTRAINTS_free>> constraints(
        d2i_BASIC_CONSTRAINTS(nullptr, &position, static_cast<long>(value->size())));
    return constraints && constraints->ca != 0;
}

// Nothing: no key usage extension. An unreadable one has no bits.
std::optional<std::uint32_t> key_usage_of(const X509* x509) {
    const auto value = extension_value(x509, NID_key_usage);
    if (!value) return std::nullopt;
    const unsigned char* position = as_uchar(*value);
    const std::unique_ptr<ASN1_BIT_STRING, Free<ASN1_BIT_STRING_free>> bits(
        d2i_ASN1_BIT_STRING(nullptr, &position, static_cast<long>(value->size())));
    if (!bits || ASN1_STRING_length(bits.get()) == 0) return 0;
    return ASN1_STRING_get0_data(bits.get())[0];
}

void describe_extensions(X509* x509, Certificate& out) {
    // Asking for the flags makes OpenSSL decode and judge the extensions that it knows.
    out.extensions_valid = (X509_get_extension_flags(x509) & EXFLAG_INVALID) == 0 && version_fits(x509) &&
                           !extension_repeats(x509) && deciding_extensions_are_der(x509);

    const auto key_usage = key_usage_of(x509);
    if (key_usage) out.digital_signature = (*key_usage & KU_DIGITAL_SIGNATURE) != 0;
    // X509_check_ca() says no to CA:TRUE when the key usage lacks keyCertSign; Windows might not.
    out.is_ca = X509_check_ca(x509) != 0 || says_ca(x509) || (key_usage.value_or(0) & KU_KEY_CERT_SIGN) != 0;

    const auto usages = extension_value(x509, NID_ext_key_usage);
    if (!usages) return;
    auto oids = decode_usages(*usages);
    if (!oids) out.extensions_valid = false;
    out.for_code_signing = oids && std::ranges::find(*oids, code_signing_oid) != oids->end();
    out.usage_oids = std::move(oids).value_or(std::vector<std::string>{});
}

// Windows reads the application policies of a certificate in place of its extended key usage
// (CVE-2024-49019), so what stands there counts as well.
void add_application_policies(const X509* x509, Certificate& out) {
    const auto value = extension_value(x509, application_policies_oid);
    if (!value) return;
    const auto policies = decode_application_policies(*value);
    if (!policies) {
        out.extensions_valid = false;
        return;
    }
    if (!out.usage_oids) return;
    for (const auto& oid : *policies)
        if (std::ranges::find(*out.usage_oids, oid) == out.usage_oids->end()) out.usage_oids->push_back(oid);
}

bool algorithms_agree(const X509* x509) {
    const X509_ALGOR* outer = nullptr;
    X509_get0_signature(nullptr, &outer, x509);
    return X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(x509)) == 0;
}

// Re-encoding alone does not see BER inside names, which OpenSSL keeps as they came; is_der() does.
// The last question to an object: encoding it anew changes what it remembers of its origin. (A copy to ask
// would have to be parsed, and most of the time of parsing goes into the key.)
bool is_canonical(ByteView der, X509* x509) {
    if (!is_der(der) || !algorithms_agree(x509)) return false;
    if (!is_der_time(X509_get0_notBefore(x509)) || !is_der_time(X509_get0_notAfter(x509))) return false;
    return std::ranges::equal(encode_again(x509), der);
}

Result<Certificate> describe(ByteView der, X509* x509) {
    const auto not_before = timestamp_of(X509_get0_notBefore(x509));
    const auto not_after = timestamp_of(X509_get0_notAfter(x509));
    if (!not_before || !not_after)
        return refuse(ReasonCode::not_a_certificate,
                      "The certificate's validity is not written as dates. Have it issued again.");
    Certificate certificate{.der = to_bytes(der),
                            .sha256 = sha256_of(der),
                            .thumbprint = thumbprint_of(der),
                            .subject = name_line(X509_get_subject_name(x509)),
                            .issuer = name_line(X509_get_issuer_name(x509)),
                            .not_before = *not_before,
                            .not_after = *not_after};
    describe_extensions(x509, certificate);
    add_application_policies(x509, certificate);
    certificate.key = public_key_of(x509);
    certificate.signature = signature_of(x509);
    certificate.subject_is_issuer =
        X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
    EVP_PKEY* key = X509_get0_pubkey(x509);
    certificate.own_key_checked = cheap_to_use(key);
    certificate.verifies_with_own_key = certificate.own_key_checked && X509_verify(x509, key) == 1;
    certificate.canonical = is_canonical(der, x509);
    return certificate;
}

} // namespace

Result<Certificate> parse_certificate(ByteView der) {
    if (der.size() > max_certificate_size)
        return refuse(ReasonCode::too_large,
                      fmt::format("The certificate has {} bytes; at most {} are accepted.", der.size(),
                                  max_certificate_size),
                      ErrorCode::too_large);
    const ErrorQueueGuard guard;
    const ParsedX509 parsed = parse_x509(der);
    if (!parsed.x509)
        return refuse(
            ReasonCode::not_a_certificate,
            fmt::format(
                "The {} bytes are no X.509 certificate (OpenSSL: {}). Export the certificate again as "
                "'DER encoded binary X.509 (.CER)', without the private key.",
                der.size(), first_openssl_error()));
    if (parsed.size != der.size())
        return refuse(
            ReasonCode::trailing_bytes,
            fmt::format("The input has {} bytes, but the certificate in it ends after {}; it must stand "
                        "alone. Export it again as 'DER encoded binary X.509 (.CER)'.",
                        der.size(), parsed.size));
    return describe(der, parsed.x509.get());
}

} // namespace wta
