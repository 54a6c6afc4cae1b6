#include "common/certificate/admission.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <time.h> // clock_gettime: std::clock() is the time of the wall on Windows

#include <algorithm>

using namespace wta;
using namespace wta::test;

namespace {

using Codes = std::vector<ReasonCode>;

Codes codes(const std::vector<Reason>& reasons) {
    Codes result;
    for (const auto& reason : reasons) {
        CHECK_FALSE(reason.message.empty());
        result.push_back(reason.code);
    }
    return result;
}

Admission judged(const Bytes& der, const Exceptions& allowed = {}, Timestamp now = reference_time) {
    return admit(parse_certificate(der).value(), allowed, now);
}

Codes refusals(const Bytes& der, const Exceptions& allowed = {}, Timestamp now = reference_time) {
    return codes(judged(der, allowed, now).refusals);
}

Codes refusals_of_self_signed(const Options& options, const Exceptions& allowed = {}) {
    return refusals(self_signed(options), allowed);
}

// Not OpenSSL's default for a hash function's name but the rule's: what nobody asked about is fine.
Certificate fine() { return parse_certificate(self_signed()).value(); }

double processor_seconds() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

Codes refusals(const Certificate& certificate) {
    return codes(admit(certificate, {}, reference_time).refusals);
}

} // namespace

TEST_CASE("certificates as publishers use them are admitted without a word") {
    const Ca ca = make_ca("CN=Contoso CA");
    const auto publisher = [](Options options) {
        options.subject = "CN=Contoso Update Publishing";
        return options;
    };
    for (const Bytes& der :
         {self_signed(), self_signed({.key = rsa(3072)}), self_signed({.key = ec("P-384"), .hash = "SHA384"}),
          self_signed({.key = ec("P-521"), .hash = "SHA512"}), self_signed({.pss = true}),
          self_signed({.key_usage = std::nullopt}), self_signed({.ca = false}),
          self_signed({.usage = "codeSigning,1.3.6.1.4.1.311.10.3.13"}), issued_by(ca),
          issued_by(ca, publisher({.key = public_rsa(8192)})),
          issued_by(ca, publisher({.key_identifiers = true}))}) {
        const auto admission = judged(der);
        CHECK(codes(admission.refusals).empty());
        CHECK(codes(admission.warnings).empty());
        CHECK(admission.admitted());
    }
}

TEST_CASE("what is not DER throughout is refused") {
    auto certificate = fine();
    certificate.canonical = false;
    CHECK(refusals(certificate) == Codes{ReasonCode::not_canonical});
}

TEST_CASE("a malformed extension is refused") {
    CHECK(refusals_of_self_signed({.extensions = {{"2.5.29.17", bytes({0x04, 0x00})}}}) ==
          Codes{ReasonCode::malformed_extension});
}

TEST_CASE("issuer = subject signed by another key is refused") {
    CHECK(refusals_of_self_signed({.signed_with = labelled(rsa(), "attacker")}) ==
          Codes{ReasonCode::signature_mismatch});
}

TEST_CASE("a signature by its own key under another issuer's name is refused") {
    CHECK(refusals_of_self_signed({.issuer = "CN=Somebody else"}) == Codes{ReasonCode::signature_mismatch});
}

TEST_CASE("of a key that is refused and was not tried only the key is reported") {
    CHECK(refusals_of_self_signed({.key = public_rsa(16384)}) == Codes{ReasonCode::weak_key});
    CHECK(refusals_of_self_signed({.key = explicit_ec()}) == Codes{ReasonCode::unsupported_key});
}

TEST_CASE("a mismatch counts although nobody says whether the key was tried, when the key is a good one") {
    auto certificate = fine();
    certificate.own_key_checked = false;
    certificate.verifies_with_own_key = false;
    CHECK(refusals(certificate) == Codes{ReasonCode::signature_mismatch});
}

TEST_CASE("a CA is refused unless allowed") {
    const Bytes ca = self_signed({.ca = true, .key_usage = "digitalSignature,keyCertSign"});
    CHECK(refusals(ca) == Codes{ReasonCode::ca_certificate});
    CHECK(refusals(ca, {.ca_certificate = true}).empty());
    CHECK(refusals(ca, {.expired = true, .no_eku = true}) == Codes{ReasonCode::ca_certificate});
}

TEST_CASE("CA:TRUE is refused although the key usage lacks keyCertSign") {
    CHECK(refusals_of_self_signed({.ca = true}) == Codes{ReasonCode::ca_certificate});
}

TEST_CASE("an allowed CA must still be good for digital signatures") {
    CHECK(refusals_of_self_signed({.ca = true, .key_usage = "keyCertSign,cRLSign"},
                                  {.ca_certificate = true}) == Codes{ReasonCode::no_digital_signature});
}

TEST_CASE("a key usage without Digital Signature is refused") {
    CHECK(refusals_of_self_signed({.key_usage = "keyEncipherment"}) ==
          Codes{ReasonCode::no_digital_signature});
    CHECK(refusals_of_self_signed({.key_usage = "nonRepudiation"}) ==
          Codes{ReasonCode::no_digital_signature});
}

TEST_CASE("no extended key usage is refused unless allowed") {
    const Bytes all_purposes = self_signed({.key_usage = std::nullopt, .usage = std::nullopt});
    CHECK(refusals(all_purposes) == Codes{ReasonCode::no_eku});
    CHECK(refusals(all_purposes, {.no_eku = true}).empty());
    CHECK(refusals(all_purposes, {.expired = true, .ca_certificate = true}) == Codes{ReasonCode::no_eku});
}

TEST_CASE("a self-signed version 1 certificate is a CA without usages") {
    const Bytes old = self_signed({.version = 1, .key_usage = std::nullopt, .usage = std::nullopt});
    CHECK(refusals(old) == Codes{ReasonCode::ca_certificate, ReasonCode::no_eku});
    CHECK(refusals(old, {.no_eku = true, .ca_certificate = true}).empty());
}

TEST_CASE("an extended key usage without Code Signing is refused, with every exception as well") {
    const Exceptions everything{.expired = true, .no_eku = true, .ca_certificate = true};
    CHECK(refusals_of_self_signed({.usage = "1.2.3.4"}, everything) == Codes{ReasonCode::no_code_signing});
    CHECK(refusals_of_self_signed({.usage = "serverAuth"}, everything) ==
          Codes{ReasonCode::no_code_signing, ReasonCode::usage_too_broad});
}

TEST_CASE("a usage beside Code Signing that opens another door is refused, with every exception as well") {
    const Exceptions everything{.expired = true, .no_eku = true, .ca_certificate = true};
    for (const std::string usage : {"serverAuth", "clientAuth", "emailProtection", "OCSPSigning",
                                    "timeStamping", "anyExtendedKeyUsage", "msSGC", "nsSGC"}) {
        INFO(usage);
        CHECK(refusals_of_self_signed({.usage = "codeSigning," + usage}, everything) ==
              Codes{ReasonCode::usage_too_broad});
    }
}

TEST_CASE("a usage hidden in Microsoft's application policies is refused") {
    const Bytes any = element(0x30, element(0x30, element(0x06, bytes({0x55, 0x1D, 0x25, 0x00}))));
    CHECK(refusals_of_self_signed({.extensions = {{"1.3.6.1.4.1.311.21.10", any}}}) ==
          Codes{ReasonCode::usage_too_broad});
}

TEST_CASE("Code Signing in Microsoft's application policies does not make up for another usage") {
    const Bytes code_signing =
        element(0x30, element(0x30, element(0x06, bytes({0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03}))));
    const Extension policies{"1.3.6.1.4.1.311.21.10", code_signing};
    CHECK(refusals_of_self_signed({.extensions = {policies}}).empty());
    CHECK(refusals_of_self_signed({.usage = "1.3.6.1.5.5.7.3.7", .extensions = {policies}}) ==
          Codes{ReasonCode::no_code_signing});
}

TEST_CASE("RSA keys below 2048 and above 8192 bits are refused") {
    const Ca ca = make_ca("CN=Contoso CA");
    const auto with_bits = [&ca](unsigned bits) {
        return refusals(issued_by(ca, {.subject = "CN=P", .key = public_rsa(bits)}));
    };
    for (const unsigned bits : {512U, 1024U, 2047U, 8193U, 16384U})
        CHECK(with_bits(bits) == Codes{ReasonCode::weak_key});
    for (const unsigned bits : {2048U, 8192U}) CHECK(with_bits(bits).empty());
    CHECK(refusals_of_self_signed({.key = rsa(1024)}) == Codes{ReasonCode::weak_key});
}

TEST_CASE("RSA exponents that are even or below 65537 are refused") {
    const Ca ca = make_ca("CN=Contoso CA");
    const auto with_exponent = [&ca](std::uint64_t exponent) {
        return refusals(issued_by(ca, {.subject = "CN=P", .key = public_rsa(2048, exponent)}));
    };
    for (const unsigned exponent : {1U, 3U, 65535U, 65536U, 131072U})
        CHECK(with_exponent(exponent) == Codes{ReasonCode::weak_key});
    CHECK(with_exponent(65537).empty());
    CHECK(refusals_of_self_signed({.key = rsa(2048, 3)}) == Codes{ReasonCode::weak_key});
}

TEST_CASE("keys other than RSA and the three curves by name are refused") {
    CHECK(refusals_of_self_signed({.key = ec("prime192v1")}) == Codes{ReasonCode::unsupported_key});
    CHECK(refusals_of_self_signed({.key = ec("secp256k1")}) == Codes{ReasonCode::unsupported_key});
    CHECK(refusals_of_self_signed({.key = {.algorithm = "DSA", .bits = 1024}}) ==
          Codes{ReasonCode::unsupported_key});
    CHECK(refusals_of_self_signed({.key = {.algorithm = "RSA-PSS", .bits = 2048}}) ==
          Codes{ReasonCode::unsupported_key});
    CHECK(refusals_of_self_signed({.key = {.algorithm = "ED25519"}, .hash = ""}) ==
          Codes{ReasonCode::unsupported_key, ReasonCode::unsupported_signature});
}

TEST_CASE("threat 33: of each kind of refused key and signature the refusal takes less than 100 ms, and a "
          "key that is "
          "costly to try is not tried") {
    const Ca ca = make_ca("CN=Contoso CA");
    const auto issued = [&ca](Options options) {
        options.subject = "CN=P";
        return issued_by(ca, options);
    };
    struct Case {
        Bytes der;
        bool costly = false;
    };
    const std::vector<Case> cases{
        {issued({.key = public_rsa(512)})},
        {self_signed({.key = rsa(1024)})},
        {issued({.key = public_rsa(2048, 1)})},
        {self_signed({.key = rsa(2048, 3)})},
        {self_signed({.key = public_rsa(16384)}), true},
        {issued({.key = public_rsa(16384)})},
        {self_signed({.key = ec("prime192v1")})},
        {self_signed({.key = explicit_ec()}), true},
        {self_signed({.key = {.algorithm = "DSA", .bits = 1024}})},
        {self_signed({.hash = "MD5"})},
        {issued({.hash = "SHA1"})},
    };
    for (const Case& each : cases) {
        const auto certificate = parse_certificate(each.der).value();
        CHECK_FALSE(refusals(certificate).empty());
        if (each.costly) CHECK_FALSE(certificate.own_key_checked);
        INFO(certificate.key.name << ", " << certificate.signature.name);
        double least = 1; // of the quickest of some
        for (int i = 0; i < 5; ++i) {
            const double start = processor_seconds();
            static_cast<void>(admit(parse_certificate(each.der).value(), {}, reference_time));
            least = std::min(least, processor_seconds() - start);
        }
        CHECK(least < 0.1);
    }
}

TEST_CASE("weak and unknown signature hashes are refused") {
    CHECK(refusals_of_self_signed({.hash = "MD5"}) == Codes{ReasonCode::weak_signature});
    CHECK(refusals_of_self_signed({.hash = "SHA224"}) == Codes{ReasonCode::weak_signature});
    CHECK(refusals_of_self_signed({.hash = "SHA256", .pss = true, .mask_hash = "SHA1"}) ==
          Codes{ReasonCode::weak_signature});
    CHECK(refusals_of_self_signed({.hash = "SHA3-256"}) == Codes{ReasonCode::unsupported_signature});
}

TEST_CASE("SHA-1 is a warning where the certificate signed itself and a refusal where a CA did") {
    const auto own = judged(self_signed({.hash = "SHA1"}));
    CHECK(own.admitted());
    CHECK(codes(own.warnings) == Codes{ReasonCode::sha1_signature});
    const auto issued = judged(issued_by(make_ca("CN=Contoso CA"), {.subject = "CN=P", .hash = "SHA1"}));
    CHECK(codes(issued.refusals) == Codes{ReasonCode::weak_signature});
    CHECK(issued.warnings.empty());
    const auto pretending = judged(self_signed({.signed_with = labelled(rsa(), "attacker"), .hash = "SHA1"}));
    CHECK(codes(pretending.refusals) == Codes{ReasonCode::signature_mismatch, ReasonCode::weak_signature});
}

TEST_CASE("validity ends with its last second, and only expired can be allowed") {
    const Bytes der = self_signed({.not_after = reference_time});
    CHECK(refusals(der, {}, reference_time).empty());
    const Timestamp after = reference_time + std::chrono::seconds{1};
    CHECK(refusals(der, {}, after) == Codes{ReasonCode::expired});
    CHECK(refusals(der, {.no_eku = true, .ca_certificate = true}, after) == Codes{ReasonCode::expired});
    CHECK(refusals(der, {.expired = true}, after).empty());
}

TEST_CASE("validity begins up to 24 hours early, because clocks differ") {
    const Bytes der = self_signed({.not_before = reference_time});
    CHECK(refusals(der, {}, reference_time - std::chrono::hours{24}).empty());
    const Timestamp before = reference_time - std::chrono::hours{24} - std::chrono::seconds{1};
    CHECK(refusals(der, {}, before) == Codes{ReasonCode::not_yet_valid});
    CHECK(refusals(der, {.expired = true}, before) == Codes{ReasonCode::not_yet_valid});
}

TEST_CASE("a validity that ends before it begins is refused at every time") {
    const Bytes der =
        self_signed({.not_before = reference_time + std::chrono::days{30}, .not_after = reference_time});
    for (int day = -100; day <= 200; ++day)
        CHECK_FALSE(
            refusals(der, {}, reference_time + std::chrono::days{day} + std::chrono::seconds{1}).empty());
}

TEST_CASE("every reason is given, once each and in the order of the codes") {
    auto certificate = parse_certificate(self_signed({.signed_with = labelled(rsa(), "attacker"),
                                                      .not_after = reference_time - std::chrono::days{1},
                                                      .ca = true,
                                                      .key_usage = "keyCertSign",
                                                      .usage = "serverAuth,clientAuth",
                                                      .hash = "MD5",
                                                      .extensions = {{"2.5.29.17", bytes({0x04, 0x00})}}}))
                           .value();
    certificate.canonical = false;
    certificate.key.exponent_accepted = false;
    CHECK(refusals(certificate) == Codes{ReasonCode::not_canonical, ReasonCode::malformed_extension,
                                         ReasonCode::signature_mismatch, ReasonCode::ca_certificate,
                                         ReasonCode::no_digital_signature, ReasonCode::no_code_signing,
                                         ReasonCode::usage_too_broad, ReasonCode::weak_key,
                                         ReasonCode::weak_signature, ReasonCode::expired});
}

TEST_CASE("with one byte flipped, a self-signed certificate is never admitted as self-signed, whatever pin "
          "vouches for it") {
    const auto key = GENERATE_COPY(rsa(), ec());
    const Bytes good = self_signed({.key = key, .key_identifiers = true});
    REQUIRE(judged(good).admitted());
    const Exceptions everything{.expired = true, .no_eku = true, .ca_certificate = true};
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const unsigned mask : {0x01U, 0x80U, 0xFFU}) {
            Bytes flipped = good;
            flipped[at] ^= static_cast<std::byte>(mask);
            const auto certificate = parse_certificate(flipped);
            if (!certificate || !admit(*certificate, everything, reference_time).admitted()) continue;
            INFO("byte " << at);
            CHECK_FALSE(certificate->self_signed());
        }
    }
}
