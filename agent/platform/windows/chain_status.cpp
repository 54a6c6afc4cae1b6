#include "agent/platform/windows/chain_status.h"

#include <array>
#include <windows.h>

#include <wincrypt.h>

namespace wta::platform {
namespace {

struct Meaning {
    std::uint32_t bits;
    ChainFlaw flaw;
};

// The gravest first. OpenSSL asks in the same order: who vouches, then for what, then when.
constexpr std::array meanings{
    Meaning{CERT_TRUST_IS_EXPLICIT_DISTRUST, ChainFlaw::distrusted},
    Meaning{CERT_TRUST_IS_REVOKED, ChainFlaw::revoked},
    Meaning{CERT_TRUST_IS_NOT_SIGNATURE_VALID, ChainFlaw::bad_signature},
    Meaning{CERT_TRUST_IS_PARTIAL_CHAIN, ChainFlaw::unknown_issuer},
    Meaning{CERT_TRUST_IS_UNTRUSTED_ROOT, ChainFlaw::untrusted_root},
    Meaning{CERT_TRUST_HAS_WEAK_SIGNATURE, ChainFlaw::weak_signature},
    Meaning{CERT_TRUST_IS_NOT_VALID_FOR_USAGE, ChainFlaw::wrong_usage},
    Meaning{~std::uint32_t{CERT_TRUST_IS_NOT_TIME_VALID}, ChainFlaw::other},
    Meaning{CERT_TRUST_IS_NOT_TIME_VALID, ChainFlaw::outside_validity},
};

} // namespace

std::optional<ChainFlaw> flaw_of_trust_status(std::uint32_t status) {
    for (const Meaning& meaning : meanings)
        if ((status & meaning.bits) != 0) return meaning.flaw;
    return std::nullopt;
}

std::optional<ChainFlaw> flaw_of_policy_error(std::uint32_t error) {
    switch (static_cast<HRESULT>(error)) {
    case 0: return std::nullopt;
    case TRUST_E_EXPLICIT_DISTRUST: return ChainFlaw::distrusted;
    case CERT_E_REVOKED:
    case CRYPT_E_REVOKED: return ChainFlaw::revoked;
    case TRUST_E_CERT_SIGNATURE: return ChainFlaw::bad_signature;
    case CERT_E_CHAINING: return ChainFlaw::unknown_issuer;
    case CERT_E_UNTRUSTEDROOT:
    case CERT_E_UNTRUSTEDCA:
    case CERT_E_UNTRUSTEDTESTROOT: return ChainFlaw::untrusted_root;
    case CERT_E_WRONG_USAGE:
    case CERT_E_PURPOSE: return ChainFlaw::wrong_usage;
    case CERT_E_EXPIRED: return ChainFlaw::outside_validity;
    case CERT_E_CN_NO_MATCH: return ChainFlaw::host_mismatch;
    default: return ChainFlaw::other;
    }
}

} // namespace wta::platform
