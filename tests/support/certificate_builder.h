// Test certificates, right or wrong in one respect each, made in one line.
//
//     self_signed();                                    as WSUS makes its own
//     self_signed({.usage = "codeSigning,serverAuth"});
//     issued_by(make_ca("CN=Contoso CA"), {.subject = "CN=Contoso Publishing", .hash = "SHA1"});
//
// Keys are made once per process. Everything here throws std::runtime_error on a mistake in the test.
#pragma once

#include "common/base/bytes.h"
#include "common/base/time.h"

#include <chrono>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta::test {

// "Now" of the tests; the certificates are valid around it.
inline constexpr Timestamp reference_time{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}};

struct KeySpec {
    std::string algorithm = "RSA"; // RSA, RSA-PSS, EC, DSA, ED25519, ED448
    unsigned bits = 0;             // RSA, DSA
    std::uint64_t exponent = 65537;
    std::string curve{};              // EC
    bool explicit_parameters = false; // EC: the curve's numbers instead of its name
    bool public_only = false;        // RSA: a random modulus; what is "signed" with it, the default key signs
    std::string label = "publisher"; // another label, another key
    auto operator<=>(const KeySpec&) const = default;
};

[[nodiscard]] KeySpec rsa(unsigned bits = 2048, std::uint64_t exponent = 65537);
[[nodiscard]] KeySpec public_rsa(unsigned bits, std::uint64_t exponent = 65537);
[[nodiscard]] KeySpec ec(std::string curve = "P-256");
[[nodiscard]] KeySpec explicit_ec(std::string curve = "P-256");
[[nodiscard]] KeySpec labelled(KeySpec key, std::string label);

struct Extension {
    std::string oid{}; // dotted
    Bytes value{};
    bool critical = false;
};

struct Options {
    std::string subject = "CN=WSUS Publishers Self-signed"; // "CN=a,O=b"; no commas inside
    std::optional<std::string> issuer{};                    // instead of the signer's name
    KeySpec key = rsa();
    std::optional<KeySpec> signed_with{}; // instead of the signer's key
    Timestamp not_before = reference_time - std::chrono::days{365};
    Timestamp not_after = reference_time + std::chrono::days{4 * 365};
    int version = 3;
    std::optional<bool> ca{};                                  // basicConstraints; nothing: no such extension
    std::optional<std::string> key_usage = "digitalSignature"; // as in OpenSSL's configuration files
    std::optional<std::string> usage = "codeSigning";          // extended key usage, likewise
    std::string hash = "SHA256";                               // empty for ED25519 and ED448
    bool pss = false;
    std::string mask_hash{};             // of PSS; empty: the same as `hash`
    bool key_identifiers = false;        // its own, and its issuer's, which every make_ca() has
    std::vector<Extension> extensions{}; // after the others
};

struct Ca {
    Bytes der;
    std::string subject;
    KeySpec key;
};

[[nodiscard]] Bytes self_signed(const Options& options = {});
[[nodiscard]] Bytes issued_by(const Ca& ca,
                              const Options& options = {.subject = "CN=Contoso Update Publishing"});

// A CA certificate valid for twenty years; the key goes by the subject. `issuer` makes it an intermediate.
[[nodiscard]] Ca make_ca(std::string subject, const Ca* issuer = nullptr);
// The same, with everything of `options` but subject, key and CA extensions.
[[nodiscard]] Ca make_ca(std::string subject, const Ca* issuer, Options options);

// --- taking DER apart and putting it together wrongly ---

[[nodiscard]] Bytes bytes(std::initializer_list<unsigned> values);
[[nodiscard]] Bytes joined(std::initializer_list<ByteView> parts);
[[nodiscard]] Bytes element(unsigned tag, ByteView content);            // DER
[[nodiscard]] Bytes indefinite_element(unsigned tag, ByteView content); // BER
// The first occurrence of `from`; its length stays what it is when `to` is as long.
[[nodiscard]] Bytes replaced(ByteView in, ByteView from, ByteView to);
[[nodiscard]] Bytes tbs_of(ByteView certificate);
// A certificate around any TBS, with a true signature: sha256WithRSAEncryption by an RSA key.
[[nodiscard]] Bytes sign_tbs(ByteView tbs, const KeySpec& key = rsa());

[[nodiscard]] std::string to_pem(ByteView der, std::string_view label = "CERTIFICATE",
                                 std::string_view line_end = "\n");

// The private key of the spec, as PKCS#8 DER.
[[nodiscard]] Bytes private_key_der(const KeySpec& key);

} // namespace wta::test
