#include "common/base/utf.h"
#include "common/certificate/certificate.h"
#include "common/certificate/container.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>
#include <openssl/err.h>

#include <random>

using namespace wta;
using namespace wta::test;

namespace {

Certificate parsed(const Bytes& der) { return parse_certificate(der).value(); }

std::optional<ReasonCode> reason_for(ByteView der) {
    const auto result = parse_certificate(der);
    return result ? std::nullopt : result.error().reason;
}

// The subject's and issuer's common name, to be replaced by something of the same length.
constexpr std::string_view plain_subject = "CN=ABCDEFGHIJ";
const auto plain_value = joined({bytes({0x0C, 0x0A}), as_byte_view("ABCDEFGHIJ")});

Bytes with_subject_value(ByteView value) {
    Bytes tbs = tbs_of(self_signed({.subject = std::string(plain_subject)}));
    tbs = replaced(replaced(tbs, plain_value, value), plain_value, value);
    return sign_tbs(tbs);
}

// False also when it is not even read: what OpenSSL reads differs from version to version.
bool canonical_with_time(const Bytes& certificate, std::string_view from, std::string_view to) {
    const unsigned tag = from.size() == 13 ? 0x17 : 0x18; // UTCTime, GeneralizedTime
    const auto time = [tag](std::string_view text) { return element(tag, as_byte_view(text)); };
    const auto validity = static_cast<unsigned>(from.size() + 17);
    const auto longer = static_cast<unsigned>(to.size() + 17);
    const Bytes tbs = replaced(replaced(tbs_of(certificate), time(from), time(to)), bytes({0x30, validity}),
                               bytes({0x30, longer}));
    const auto result = parse_certificate(sign_tbs(element(0x30, ByteView(tbs).subspan(4))));
    return result && result->canonical;
}

Extension raw_extension(std::string oid, Bytes value) { return {std::move(oid), std::move(value)}; }

constexpr const char* basic_constraints = "2.5.29.19";
constexpr const char* key_usage = "2.5.29.15";
constexpr const char* extended_key_usage = "2.5.29.37";
constexpr const char* application_policies = "1.3.6.1.4.1.311.21.10";

Bytes usage_element(unsigned last_arc) {
    return element(0x06, bytes({0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last_arc}));
}

} // namespace

TEST_CASE("a certificate as WSUS makes it is read completely") {
    const Bytes der = self_signed({.subject = "CN=WSUS Publishers Self-signed,O=Contoso"});
    const auto c = parsed(der);
    CHECK(c.der == der);
    CHECK(c.sha256 == sha256_of(der));
    CHECK(c.thumbprint == thumbprint_of(der));
    CHECK(c.subject == "O = Contoso, CN = WSUS Publishers Self-signed");
    CHECK(c.issuer == c.subject);
    CHECK(c.not_before == reference_time - std::chrono::days{365});
    CHECK(c.not_after == reference_time + std::chrono::days{4 * 365});
    CHECK(c.self_signed());
    CHECK(c.own_key_checked);
    CHECK(c.key == PublicKey{.type = KeyType::rsa, .name = "RSA 2048", .bits = 2048});
    CHECK(c.signature == Signature{SignatureHash::sha256_or_better, "sha256WithRSAEncryption"});
    CHECK(c.canonical);
    CHECK(c.extensions_valid);
    CHECK_FALSE(c.is_ca);
    CHECK(c.digital_signature == true);
    CHECK(c.usage_oids == std::vector<std::string>{std::string(code_signing_oid)});
}

TEST_CASE("the builder takes a certificate apart and signs it to the same bytes again") {
    const Bytes der = self_signed();
    CHECK(sign_tbs(tbs_of(der)) == der);
}

TEST_CASE("a certificate is one and stands alone") {
    const Bytes der = self_signed();
    CHECK(reason_for({}) == ReasonCode::not_a_certificate);
    CHECK(reason_for(as_byte_view("hello")) == ReasonCode::not_a_certificate);
    CHECK(reason_for(element(0x30, Bytes(100))) == ReasonCode::not_a_certificate);
    CHECK(reason_for(joined({der, bytes({0})})) == ReasonCode::trailing_bytes);
    CHECK(reason_for(joined({der, der})) == ReasonCode::trailing_bytes);
    CHECK(reason_for(Bytes(max_certificate_size + 1)) == ReasonCode::too_large);
    CHECK(reason_for(private_key_der(rsa())) == ReasonCode::not_a_certificate);
}

TEST_CASE("nothing is left in OpenSSL's queue of errors") {
    REQUIRE(ERR_peek_error() == 0);
    (void)parse_certificate(as_byte_view("hello"));
    CHECK(ERR_peek_error() == 0);
    (void)parse_certificate(self_signed({.signed_with = labelled(rsa(), "attacker")}));
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("self-signed needs equal names and a signature by its own key") {
    const auto by_another_key = parsed(self_signed({.signed_with = labelled(rsa(), "attacker")}));
    CHECK(by_another_key.subject_is_issuer);
    CHECK_FALSE(by_another_key.verifies_with_own_key);
    const auto with_another_name = parsed(self_signed({.issuer = "CN=Somebody else"}));
    CHECK_FALSE(with_another_name.subject_is_issuer);
    CHECK(with_another_name.verifies_with_own_key);
    const auto issued = parsed(issued_by(make_ca("CN=Contoso CA")));
    CHECK_FALSE(issued.subject_is_issuer);
    CHECK_FALSE(issued.verifies_with_own_key);
    CHECK(issued.issuer == "CN = Contoso CA");
}

TEST_CASE("RSA keys are described by size and exponent") {
    CHECK(parsed(self_signed({.key = rsa(1024)})).key.bits == 1024);
    CHECK_FALSE(parsed(self_signed({.key = rsa(2048, 3)})).key.exponent_accepted);
    CHECK(parsed(self_signed({.key = public_rsa(8192)})).key.name == "RSA 8192");
    for (const unsigned exponent : {1U, 2U, 3U, 17U, 65535U, 65536U, 131072U})
        CHECK_FALSE(parsed(self_signed({.key = public_rsa(2048, exponent)})).key.exponent_accepted);
    for (const std::uint64_t exponent : {65537ULL, 65539ULL, 131073ULL, 0x1'0000'0001ULL})
        CHECK(parsed(self_signed({.key = public_rsa(2048, exponent)})).key.exponent_accepted);
}

TEST_CASE("a key above 8192 bits is never used") {
    CHECK(parsed(self_signed({.key = public_rsa(8192)})).own_key_checked);
    CHECK_FALSE(parsed(self_signed({.key = public_rsa(8200)})).own_key_checked);
    const auto huge = parsed(self_signed({.key = public_rsa(16384)}));
    CHECK_FALSE(huge.own_key_checked);
    CHECK_FALSE(huge.verifies_with_own_key);
}

TEST_CASE("the curves P-256, P-384 and P-521 are accepted by name") {
    for (const auto* curve : {"P-256", "P-384", "P-521"}) {
        const auto c = parsed(self_signed({.key = ec(curve)}));
        CHECK(c.key.type == KeyType::ec);
        CHECK(c.key.name == std::string("EC ") + curve);
        CHECK(c.key.curve_accepted);
        CHECK(c.self_signed());
    }
}

TEST_CASE("other curves, and accepted ones spelled out in parameters, are not accepted") {
    for (const auto* curve : {"prime192v1", "secp256k1", "brainpoolP256r1"})
        CHECK_FALSE(parsed(self_signed({.key = ec(curve)})).key.curve_accepted);
    for (const auto* curve : {"P-256", "P-384", "P-521"}) {
        const auto spelled_out = parsed(self_signed({.key = explicit_ec(curve)}));
        CHECK(spelled_out.key.type == KeyType::ec);
        CHECK_FALSE(spelled_out.key.curve_accepted);
        CHECK_FALSE(spelled_out.own_key_checked);
        CHECK_FALSE(spelled_out.self_signed());
    }
}

TEST_CASE("other kinds of keys are named") {
    CHECK(parsed(self_signed({.key = {.algorithm = "ED25519"}, .hash = ""})).key.name == "Ed25519");
    CHECK(parsed(self_signed({.key = {.algorithm = "DSA", .bits = 1024}})).key.name == "DSA 1024");
    const auto pss_only = parsed(self_signed({.key = {.algorithm = "RSA-PSS", .bits = 2048}}));
    CHECK(pss_only.key.type == KeyType::other);
    CHECK(pss_only.key.name == "RSASSA-PSS key 2048");
}

TEST_CASE("a key that cannot be read is of another kind") {
    const auto rsa_algorithm = bytes({0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01});
    const auto unknown = bytes({0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x7F, 0x7F, 0x7F});
    const auto c = parsed(sign_tbs(replaced(tbs_of(self_signed()), rsa_algorithm, unknown)));
    CHECK(c.key.type == KeyType::other);
    CHECK(c.key.name == "unreadable 1.2.840.113549.127.127.127");
    CHECK_FALSE(c.own_key_checked);
    CHECK_FALSE(c.self_signed());
}

TEST_CASE("signatures are judged by their hash") {
    const auto hash_of = [](const Options& options) { return parsed(self_signed(options)).signature.hash; };
    for (const auto* hash : {"SHA256", "SHA384", "SHA512"})
        CHECK(hash_of({.hash = hash}) == SignatureHash::sha256_or_better);
    CHECK(hash_of({.hash = "SHA1"}) == SignatureHash::sha1);
    for (const auto* hash : {"MD5", "SHA224"}) CHECK(hash_of({.hash = hash}) == SignatureHash::weaker);
    CHECK(hash_of({.hash = "SHA512-224", .pss = true}) == SignatureHash::weaker);
    CHECK(hash_of({.hash = "SHA3-256"}) == SignatureHash::other);
    CHECK(hash_of({.key = {.algorithm = "ED25519"}, .hash = ""}) == SignatureHash::other);
    CHECK(hash_of({.key = ec(), .hash = "SHA256"}) == SignatureHash::sha256_or_better);
    CHECK(hash_of({.key = ec(), .hash = "SHA1"}) == SignatureHash::sha1);
}

TEST_CASE("a signature whose hash OpenSSL cannot compute is judged by its name") {
    const auto with_rsa = [](unsigned last) { // sha256WithRSAEncryption is 11
        return bytes({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, last});
    };
    for (const unsigned hash : {2U, 3U}) { // MD2, MD4
        const Bytes inside = replaced(self_signed(), with_rsa(11), with_rsa(hash));
        CHECK(parsed(replaced(inside, with_rsa(11), with_rsa(hash))).signature.hash == SignatureHash::weaker);
    }
}

TEST_CASE("of a PSS signature the mask's hash counts as well") {
    const auto signature_of = [](std::string hash, std::string mask) {
        return parsed(self_signed({.hash = std::move(hash), .pss = true, .mask_hash = std::move(mask)}))
            .signature;
    };
    CHECK(signature_of("SHA256", "").hash == SignatureHash::sha256_or_better);
    CHECK(signature_of("SHA512", "SHA256").hash == SignatureHash::sha256_or_better);
    CHECK(signature_of("SHA1", "").hash == SignatureHash::sha1);
    CHECK(signature_of("SHA256", "SHA1").hash == SignatureHash::weaker);
    CHECK(signature_of("SHA256", "").name == "rsassaPss with SHA256");
    const Bytes good = self_signed({.pss = true});
    const auto with = [&good](const Bytes& from, const Bytes& to) {
        return parsed(replaced(replaced(good, from, to), from, to)).signature.hash;
    };
    const auto mask = bytes({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08});
    const auto no_mask = bytes({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x7F});
    CHECK(with(mask, no_mask) == SignatureHash::other);
    const auto parameters = bytes({0xA0, 0x0F, 0x30, 0x0D, 0x06, 0x09, 0x60});
    const auto unreadable = bytes({0xA7, 0x0F, 0x30, 0x0D, 0x06, 0x09, 0x60});
    CHECK(with(parameters, unreadable) == SignatureHash::other);
    CHECK(parsed(self_signed({.pss = true})).self_signed());
}

TEST_CASE("a signature algorithm inside that differs from the one outside is not canonical") {
    const auto sha256 = bytes({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B});
    const auto sha512 = bytes({0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0D});
    CHECK_FALSE(parsed(sign_tbs(replaced(tbs_of(self_signed()), sha256, sha512))).canonical);
}

TEST_CASE("BER inside the certificate is not canonical, even where its signature is true") {
    const Bytes good = self_signed({.subject = std::string(plain_subject)});
    REQUIRE(parsed(good).canonical);
    SECTION("a name's text in pieces") {
        const auto c =
            parsed(with_subject_value(element(0x2C, joined({bytes({0x0C, 0x04}), as_byte_view("ABCD"),
                                                            bytes({0x0C, 0x02}), as_byte_view("EF")}))));
        CHECK(c.self_signed());
        CHECK_FALSE(c.canonical);
    }
    SECTION("a name's text with a longer length than necessary") {
        const auto c =
            parsed(with_subject_value(joined({bytes({0x0C, 0x81, 0x09}), as_byte_view("ABCDEFGHI")})));
        CHECK(c.self_signed());
        CHECK_FALSE(c.canonical);
    }
    SECTION("the TBS with an indefinite length") {
        const Bytes tbs = tbs_of(good);
        const Bytes ber = indefinite_element(0x30, ByteView(tbs).subspan(4));
        const auto c = parsed(sign_tbs(ber));
        CHECK_FALSE(c.canonical);
    }
    SECTION("bits set where a bit string has none") {
        const auto extensions = bytes({0xA3, 0x27, 0x30, 0x25});
        const Bytes tbs = tbs_of(good);
        const auto unique_identifier = bytes({0x81, 0x02, 0x04, 0xFF});
        const Bytes longer = replaced(tbs, extensions, joined({unique_identifier, extensions}));
        const auto c = parsed(sign_tbs(element(0x30, ByteView(longer).subspan(4))));
        CHECK(c.self_signed());
        CHECK_FALSE(c.canonical);
    }
    SECTION("the same in the signature, which nobody can verify here") {
        const Bytes issued = issued_by(make_ca("CN=Contoso CA"));
        REQUIRE(parsed(issued).canonical);
        const Bytes signature = element(0x03, joined({bytes({0x01}), Bytes(70, std::byte{0xFF})}));
        const Bytes tbs = tbs_of(issued);
        const auto algorithm =
            bytes({0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02});
        CHECK_FALSE(parsed(element(0x30, joined({tbs, algorithm, signature}))).canonical);
    }
    SECTION("a time without seconds") {
        CHECK_FALSE(canonical_with_time(good, "250601000000Z", "2506010000Z"));
        CHECK_FALSE(canonical_with_time(good, "300531000000Z", "3005310000Z"));
    }
    SECTION("a time of another zone") {
        CHECK_FALSE(canonical_with_time(good, "250601000000Z", "250601000000+0000"));
        CHECK_FALSE(canonical_with_time(good, "300531000000Z", "300531000000+0000"));
    }
    SECTION("a time with fractions of a second") {
        const Bytes later =
            self_signed({.not_after = std::chrono::sys_days{std::chrono::year{2051} / 6 / 1}});
        CHECK(canonical_with_time(later, "20510601000000Z", "20510601000000Z"));
        CHECK_FALSE(canonical_with_time(later, "20510601000000Z", "20510601000000.5Z"));
    }
}

TEST_CASE("times that are none are refused, times far away are read") {
    const Bytes tbs = tbs_of(self_signed());
    const auto start = joined({bytes({0x17, 0x0D}), as_byte_view("250601000000Z")});
    const auto end = joined({bytes({0x17, 0x0D}), as_byte_view("300531000000Z")});
    for (const auto* text : {"251301000000Z", "250631000000Z", "2506010000000", "aaaaaaaaaaaaa"}) {
        INFO(text);
        const auto time = joined({bytes({0x17, 0x0D}), as_byte_view(text)});
        CHECK(reason_for(sign_tbs(replaced(tbs, start, time))) == ReasonCode::not_a_certificate);
        CHECK(reason_for(sign_tbs(replaced(tbs, end, time))) == ReasonCode::not_a_certificate);
    }
    using namespace std::chrono;
    const auto far = parsed(
        self_signed({.not_before = sys_days{year{1950} / 1 / 1},
                     .not_after = sys_days{year{9999} / 12 / 31} + hours{23} + minutes{59} + seconds{59}}));
    CHECK(far.not_before == Timestamp{sys_days{year{1950} / 1 / 1}});
    CHECK(to_rfc3339(far.not_after) == "9999-12-31T23:59:59Z");
    CHECK(far.canonical);
}

TEST_CASE("a CA is known by any of its signs") {
    CHECK(parsed(self_signed({.ca = true})).is_ca);
    CHECK(parsed(self_signed({.ca = true, .key_usage = "digitalSignature"})).is_ca);
    CHECK(parsed(self_signed({.ca = true, .key_usage = std::nullopt})).is_ca);
    CHECK(parsed(self_signed({.key_usage = "digitalSignature,keyCertSign"})).is_ca);
    CHECK(parsed(self_signed({.ca = false, .key_usage = "digitalSignature,keyCertSign"})).is_ca);
    CHECK(parsed(self_signed({.version = 1, .key_usage = std::nullopt, .usage = std::nullopt})).is_ca);
    CHECK_FALSE(parsed(self_signed({.ca = false})).is_ca);
}

TEST_CASE("key usage is absent, with or without Digital Signature") {
    CHECK_FALSE(parsed(self_signed({.key_usage = std::nullopt})).digital_signature.has_value());
    CHECK(parsed(self_signed({.key_usage = "digitalSignature,keyEncipherment"})).digital_signature == true);
    CHECK(parsed(self_signed({.key_usage = "keyEncipherment"})).digital_signature == false);
}

TEST_CASE("extended key usage is absent, or a list of identifiers") {
    CHECK_FALSE(parsed(self_signed({.usage = std::nullopt})).usage_oids.has_value());
    CHECK(parsed(self_signed({.usage = "codeSigning,1.2.3.4"})).usage_oids ==
          std::vector<std::string>{"1.3.6.1.5.5.7.3.3", "1.2.3.4"});
}

TEST_CASE("what Windows reads as application policies counts as usage") {
    const auto policies = [](unsigned last_arc) {
        return raw_extension(application_policies, element(0x30, element(0x30, usage_element(last_arc))));
    };
    CHECK(parsed(self_signed({.extensions = {policies(1)}})).usage_oids ==
          std::vector<std::string>{"1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.1"});
    CHECK(parsed(self_signed({.extensions = {policies(3)}})).usage_oids ==
          std::vector<std::string>{"1.3.6.1.5.5.7.3.3"});
    CHECK_FALSE(
        parsed(self_signed({.usage = std::nullopt, .extensions = {policies(3)}})).usage_oids.has_value());
    CHECK_FALSE(parsed(self_signed({.extensions = {raw_extension(application_policies, bytes({5, 0}))}}))
                    .extensions_valid);
}

TEST_CASE("malformed, repeated and misplaced extensions are noticed") {
    const auto valid_with = [](std::vector<Extension> extensions) {
        return parsed(self_signed({.key_usage = std::nullopt,
                                   .usage = std::nullopt,
                                   .extensions = std::move(extensions)}))
            .extensions_valid;
    };
    const Bytes usages = element(0x30, usage_element(3));
    const Bytes digital_signature = bytes({0x03, 0x02, 0x07, 0x80});
    const Bytes no_ca = bytes({0x30, 0x00});
    CHECK(valid_with({}));
    CHECK(
        valid_with({raw_extension(extended_key_usage, usages), raw_extension(key_usage, digital_signature)}));
    CHECK(valid_with({raw_extension("1.2.3.4", bytes({1, 2, 3}))}));
    SECTION("twice the same") {
        CHECK_FALSE(valid_with(
            {raw_extension(extended_key_usage, usages), raw_extension(extended_key_usage, usages)}));
        CHECK_FALSE(valid_with({raw_extension("1.2.3.4", usages), raw_extension("1.2.3.4", {})}));
    }
    SECTION("not what it should be") {
        for (const auto* oid : {basic_constraints, key_usage, extended_key_usage}) {
            INFO(oid);
            CHECK_FALSE(valid_with({raw_extension(oid, {})}));
            CHECK_FALSE(valid_with({raw_extension(oid, bytes({0x05, 0x00}))}));
            CHECK_FALSE(valid_with({raw_extension(oid, bytes({0x30, 0x7F, 0x01}))}));
        }
        CHECK_FALSE(valid_with({raw_extension(key_usage, bytes({0x03, 0x01, 0x00}))}));
        CHECK_FALSE(valid_with({raw_extension("2.5.29.17", bytes({0x04, 0x00}))}));
    }
    SECTION("an unreadable list of usages is an empty one, not an absent one") {
        const auto c = parsed(
            self_signed({.usage = std::nullopt, .extensions = {raw_extension(extended_key_usage, {})}}));
        CHECK(c.usage_oids == std::vector<std::string>{});
    }
    SECTION("something behind the value") {
        CHECK_FALSE(valid_with({raw_extension(extended_key_usage, joined({usages, bytes({0x05, 0x00})}))}));
        CHECK_FALSE(valid_with({raw_extension(key_usage, joined({digital_signature, bytes({0x00})}))}));
        CHECK_FALSE(valid_with({raw_extension(basic_constraints, joined({no_ca, no_ca}))}));
    }
    SECTION("BER in the value") {
        CHECK_FALSE(
            valid_with({raw_extension(extended_key_usage, indefinite_element(0x30, usage_element(3)))}));
        CHECK_FALSE(valid_with({raw_extension(basic_constraints, bytes({0x30, 0x03, 0x01, 0x01, 0x01}))}));
    }
    SECTION("an identifier of absurd length") {
        Bytes arcs(500, std::byte{0x81});
        arcs.push_back(std::byte{0x01});
        CHECK_FALSE(valid_with({raw_extension(
            extended_key_usage, element(0x30, joined({usage_element(3), element(0x06, arcs)})))}));
    }
    SECTION("in a version without extensions") {
        CHECK_FALSE(parsed(self_signed({.version = 1})).extensions_valid);
        CHECK_FALSE(parsed(self_signed({.version = 2})).extensions_valid);
        CHECK(parsed(self_signed({.version = 1, .key_usage = std::nullopt, .usage = std::nullopt}))
                  .extensions_valid);
    }
    SECTION("of a version that does not exist") {
        CHECK_FALSE(parsed(self_signed({.version = 4})).extensions_valid);
    }
}

TEST_CASE("a malformed extension hides no other one") {
    const auto c = parsed(self_signed({.ca = true,
                                       .key_usage = "digitalSignature,keyCertSign",
                                       .extensions = {raw_extension("2.5.29.17", bytes({0x04, 0x00}))}}));
    CHECK_FALSE(c.extensions_valid);
    CHECK(c.is_ca);
    CHECK(c.digital_signature == true);
    CHECK(c.usage_oids == std::vector<std::string>{"1.3.6.1.5.5.7.3.3"});
}

TEST_CASE("hostile names become one printable line") {
    const auto line_for = [](ByteView value) { return parsed(with_subject_value(value)).subject; };
    const auto text = [](unsigned tag, std::string_view value) {
        return joined({bytes({tag, 0x0A}), as_byte_view(value)});
    };
    CHECK(line_for(text(0x0C, "A\r\nB\x1B[31mC")).find_first_of("\r\n\x1B") == std::string::npos);
    CHECK(line_for(text(0x0C, "\xE2\x80\xAE"
                              "abcdefg"))
              .find("\xE2\x80\xAE") == std::string::npos);
    CHECK(line_for(text(0x0C, "Gr\xC3\xB6\xC3\x9F"
                              "e ab")) == "CN = Gr\xC3\xB6\xC3\x9F"
                                          "e ab");
    for (const unsigned tag : {0x0CU, 0x13U, 0x14U, 0x16U, 0x1CU, 0x1EU, 0x04U, 0x1AU, 0x80U}) {
        const auto result =
            parse_certificate(with_subject_value(text(tag, "\xFF\xFE\x00\x00\xD8\x00\x80\x80\xC0\xAFzz")));
        if (!result) continue;
        INFO(result->subject);
        CHECK(is_valid_utf8(result->subject));
        CHECK(result->subject == printable(result->subject));
    }
    const auto long_name =
        parsed(self_signed({.subject = "CN=a,OU=" + std::string(60, 'x') + ",OU=" + std::string(60, 'y') +
                                       ",O=" + std::string(60, 'z') + ",L=" + std::string(120, 'l') +
                                       ",ST=" + std::string(120, 's') + ",street=" + std::string(120, 't') +
                                       ",OU=" + std::string(60, 'u')}));
    CHECK(long_name.subject.size() <= 512);
}

TEST_CASE("whatever is damaged, the reader says no or reads it, and always ends") {
    std::mt19937 random(3);
    const std::vector<Bytes> seeds{self_signed({.key = ec(), .key_identifiers = true}),
                                   self_signed({.key = explicit_ec()}), self_signed({.pss = true})};
    for (int round = 0; round < 2000; ++round) {
        Bytes der = seeds[random() % seeds.size()];
        for (unsigned i = 1 + random() % 4; i-- > 0;)
            der[random() % der.size()] = static_cast<std::byte>(random());
        const auto result = parse_certificate(der);
        if (result)
            REQUIRE(result->der == der);
        else
            REQUIRE(result.error().reason);
    }
}
