#include "common/certificate/admission.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace wta {
namespace {

using Reasons = std::vector<Reason>;

void refuse_if(Reasons& reasons, bool refused, ReasonCode code, auto&& message) {
    if (refused) reasons.push_back({code, message()});
}

bool rsa_size_accepted(const PublicKey& key) { return key.bits >= 2048 && key.bits <= 8192; }

bool is_weak(const PublicKey& key) {
    return key.type == KeyType::rsa && (!rsa_size_accepted(key) || !key.exponent_accepted);
}

bool is_unsupported(const PublicKey& key) {
    return key.type == KeyType::other || (key.type == KeyType::ec && !key.curve_accepted);
}

// A key that was too costly to try is refused for that alone.
bool signature_mismatches(const Certificate& c) {
    const bool tried = c.own_key_checked || !(is_weak(c.key) || is_unsupported(c.key));
    return tried && c.subject_is_issuer != c.verifies_with_own_key;
}

void judge_form(const Certificate& c, Reasons& reasons) {
    refuse_if(reasons, !c.canonical, ReasonCode::not_canonical, [] {
        return std::string(
            "The certificate is not encoded in DER throughout, or names two different signature "
            "algorithms, so two readers could see two certificates in it.");
    });
    refuse_if(reasons, !c.extensions_valid, ReasonCode::malformed_extension, [] {
        return std::string(
            "An extension of the certificate is malformed, stands there twice, or is not allowed in "
            "this version of certificate.");
    });
    refuse_if(reasons, signature_mismatches(c), ReasonCode::signature_mismatch, [&c] {
        return c.subject_is_issuer
                   ? fmt::format("It names itself as its issuer ('{}'), but its signature does not verify "
                                 "with its own "
                                 "key.",
                                 c.issuer)
                   : fmt::format(
                         "Its signature verifies with its own key, but it names another issuer: '{}'.",
                         c.issuer);
    });
}

void judge_role(const Certificate& c, const Exceptions& allowed, Reasons& reasons) {
    refuse_if(reasons, c.is_ca && !allowed.ca_certificate, ReasonCode::ca_certificate, [&c] {
        return fmt::format(
            "'{}' is a CA certificate: whoever holds its key can issue certificates for anything.",
            c.subject);
    });
    refuse_if(reasons, c.digital_signature == false, ReasonCode::no_digital_signature, [] {
        return std::string("Its key usage does not contain Digital Signature, so it cannot sign updates.");
    });
}

// Microsoft's and Netscape's gated cryptography are server authentication under older names.
constexpr std::array<std::string_view, 8> refused_usages{
    "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4",      "1.3.6.1.5.5.7.3.8",
    "1.3.6.1.5.5.7.3.9", any_usage_oid,       "1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1"};

void judge_usage(const Certificate& c, const Exceptions& allowed, Reasons& reasons) {
    if (!c.usage_oids) {
        refuse_if(reasons, !allowed.no_eku, ReasonCode::no_eku, [] {
            return std::string(
                "It has no extended key usage, so it would be good for every purpose, not only for Code "
                "Signing.");
        });
        return;
    }
    const auto has = [&c](std::string_view oid) {
        return std::ranges::find(*c.usage_oids, oid) != c.usage_oids->end();
    };
    refuse_if(reasons, !c.for_code_signing, ReasonCode::no_code_signing, [] {
        return std::string("Its extended key usage does not contain Code Signing (1.3.6.1.5.5.7.3.3).");
    });
    std::vector<std::string> too_broad;
    for (const auto oid : refused_usages)
        if (has(oid)) too_broad.push_back(usage_name(oid));
    refuse_if(reasons, !too_broad.empty(), ReasonCode::usage_too_broad, [&too_broad] {
        return fmt::format("It is good for more than signing code: {}.", fmt::join(too_broad, ", "));
    });
}

void judge_key(const PublicKey& key, Reasons& reasons) {
    refuse_if(reasons, is_weak(key), ReasonCode::weak_key, [&key] {
        return rsa_size_accepted(key)
                   ? fmt::format("The public exponent of its {} key is not an odd number of at least 65537.",
                                 key.name)
                   : fmt::format("Its key is {}; RSA keys of 2048 to 8192 bits are accepted.", key.name);
    });
    refuse_if(reasons, is_unsupported(key), ReasonCode::unsupported_key, [&key] {
        return fmt::format("Its key is {}; RSA and the named curves P-256, P-384 and P-521 are accepted.",
                           key.name);
    });
}

// What a CA signed with SHA-1 could be forged by a collision; of a self-signed one nothing but the pin
// counts.
void judge_signature(const Certificate& c, Admission& admission) {
    const bool sha1 = c.signature.hash == SignatureHash::sha1;
    const bool weak = c.signature.hash == SignatureHash::weaker || (sha1 && !c.self_signed());
    refuse_if(admission.refusals, weak, ReasonCode::weak_signature, [&c] {
        return fmt::format("Its signature is {}; SHA-256 or better is needed.", c.signature.name);
    });
    refuse_if(admission.refusals, c.signature.hash == SignatureHash::other, ReasonCode::unsupported_signature,
              [&c] {
                  return fmt::format(
                      "Its signature is {}; RSA and ECDSA with SHA-256, SHA-384 or SHA-512 are accepted.",
                      c.signature.name);
              });
    refuse_if(admission.warnings, sha1 && c.self_signed(), ReasonCode::sha1_signature, [&c] {
        return fmt::format(
            "It signed itself with {}. The pin is what counts, but plan a new one with SHA-256.",
            c.signature.name);
    });
}

void judge_validity(const Certificate& c, const Exceptions& allowed, Timestamp now, Reasons& reasons) {
    refuse_if(reasons, now > c.not_after && !allowed.expired, ReasonCode::expired, [&c, now] {
        return fmt::format("It expired at {}; it is {} now.", to_rfc3339(c.not_after), to_rfc3339(now));
    });
    refuse_if(reasons, c.not_before - now > validity_tolerance, ReasonCode::not_yet_valid, [&c, now] {
        return fmt::format("It becomes valid at {}; it is {} now.", to_rfc3339(c.not_before),
                           to_rfc3339(now));
    });
}

} // namespace

// In the order of ReasonCode.
Admission admit(const Certificate& certificate, const Exceptions& allowed, Timestamp now) {
    Admission admission;
    judge_form(certificate, admission.refusals);
    judge_role(certificate, allowed, admission.refusals);
    judge_usage(certificate, allowed, admission.refusals);
    judge_key(certificate.key, admission.refusals);
    judge_signature(certificate, admission);
    judge_validity(certificate, allowed, now, admission.refusals);
    return admission;
}

} // namespace wta
