// One X.509 certificate as a value: everything that admission, placement and reports need to know about it.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "common/certificate/digest.h"
#include "common/certificate/usage.h"

#include <optional>
#include <string>
#include <vector>

namespace wta {

enum class KeyType { rsa, ec, other };

struct PublicKey {
    KeyType type{};
    std::string name; // for people: "RSA 2048", "EC P-256", "DSA 1024", "Ed25519"
    int bits = 0;
    bool exponent_accepted = true; // RSA: odd and >= 65537
    bool curve_accepted = true;    // EC: P-256, P-384 or P-521, given by name and not by explicit parameters
    bool operator==(const PublicKey&) const = default;
};

enum class SignatureHash { sha256_or_better, sha1, weaker, other };

struct Signature {
    SignatureHash hash{};
    std::string name; // for people: "sha256WithRSAEncryption"
    bool operator==(const Signature&) const = default;
};

struct Certificate {
    Bytes der;
    Sha256 sha256;
    Thumbprint thumbprint;
    std::string subject; // one printable line in RFC 2253 order, "CN = x, O = y"; safe to print
    std::string issuer;
    Timestamp not_before;
    Timestamp not_after;
    bool subject_is_issuer = false; // the names are equal as RFC 5280 compares them
    bool own_key_checked = false;   // false: the key is one whose use could cost seconds, or unreadable
    bool verifies_with_own_key = false;
    PublicKey key{};
    Signature signature{};
    bool canonical = false; // DER through and through: the TBS re-encodes to itself (i2d_re_X509_tbs), and so
                            // do the names in it; only a default that is spelled out passes
    bool extensions_valid = false; // every known extension makes sense, none stands twice, version 3
    bool is_ca = false;            // X509_check_ca() != 0, or CA:TRUE, or keyCertSign
    std::optional<bool> digital_signature{}; // nothing: no key usage extension
    // Dotted, with those of Microsoft's application policies, which Windows reads in place of the extended
    // key usage. Nothing: no extended key usage extension.
    std::optional<std::vector<std::string>> usage_oids{};
    // Code Signing stands in the extended key usage itself. Application policies alone do not give it: who
    // does not know them sees another purpose.
    bool for_code_signing = false;

    // Self-signed needs both; exactly one of the two is a mismatch.
    [[nodiscard]] bool self_signed() const { return subject_is_issuer && verifies_with_own_key; }

    bool operator==(const Certificate&) const = default;
};

// Parses exactly one DER certificate. Refuses with too_large, not_a_certificate, trailing_bytes.
// Never uses a key above 8192 bits or on a curve that it defines itself (such a key can cost seconds;
// admission refuses it): then own_key_checked == false.
[[nodiscard]] Result<Certificate> parse_certificate(ByteView der);

} // namespace wta
