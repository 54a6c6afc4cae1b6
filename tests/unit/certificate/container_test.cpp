#include "common/certificate/container.h"
#include "tests/support/certificate_builder.h"

#include "common/base/hex.h"

#include <catch2/catch_test_macros.hpp>

#include <random>

using namespace wta;
using namespace wta::test;

namespace {

Bytes bytes_of(std::string_view text) { return to_bytes(as_byte_view(text)); }

Bytes utf16(std::string_view text, bool big_endian) {
    Bytes result;
    for (const char c : text) {
        if (big_endian) result.push_back(std::byte{0});
        result.push_back(static_cast<std::byte>(c));
        if (!big_endian) result.push_back(std::byte{0});
    }
    return result;
}

std::optional<ReasonCode> reason_for(ByteView input) {
    const auto result = unwrap_certificate(input);
    if (result) return std::nullopt;
    INFO(result.error().message);
    CHECK_FALSE(result.error().message.empty());
    return result.error().reason;
}

std::optional<ReasonCode> reason_for(std::string_view text) { return reason_for(as_byte_view(text)); }

std::string message_for(ByteView input) {
    const auto result = unwrap_certificate(input);
    return result ? "" : result.error().message;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const Bytes& a_certificate() {
    static const Bytes der = self_signed();
    return der;
}

std::string a_pem() { return to_pem(a_certificate()); }

// As long as wanted, with the outer form of a certificate.
Bytes sequence_of_size(std::size_t size) { return element(0x30, element(0x30, Bytes(size - 8))); }

} // namespace

TEST_CASE("a DER certificate passes unchanged") {
    const auto result = unwrap_certificate(a_certificate());
    REQUIRE(result);
    CHECK(*result == a_certificate());
}

TEST_CASE("a PEM certificate becomes its DER, however its lines end and whatever text stands around it") {
    const std::string as_windows = to_pem(a_certificate(), "CERTIFICATE", "\r\n");
    const std::string old_label = to_pem(a_certificate(), "X509 CERTIFICATE");
    const std::string one_line = to_pem(a_certificate(), "CERTIFICATE", "");
    for (const std::string& text :
         {a_pem(), as_windows, old_label, one_line, "\xEF\xBB\xBF" + a_pem(),
          "\r\n \t" + a_pem() + "  \r\n\r\n", to_pem(a_certificate(), "CERTIFICATE", "  \n"),
          "Certificate:\n    Data:\n        Version: 3 (0x2)\n" + a_pem(),
          "subject=CN = Größe\n" + a_pem() + "trailing remarks\n"}) {
        INFO(text.substr(0, 40));
        const auto result = unwrap_certificate(as_byte_view(text));
        REQUIRE(result);
        CHECK(*result == a_certificate());
    }
}

TEST_CASE("nothing and white space are empty_input") {
    CHECK(reason_for("") == ReasonCode::empty_input);
    CHECK(reason_for(" \r\n\t") == ReasonCode::empty_input);
    CHECK(reason_for("\xEF\xBB\xBF") == ReasonCode::empty_input);
}

TEST_CASE("15,000 bytes of DER pass in both forms, one more is too_large") {
    const Bytes largest = sequence_of_size(max_certificate_size);
    REQUIRE(largest.size() == max_certificate_size);
    CHECK_FALSE(reason_for(largest));
    CHECK_FALSE(reason_for(to_pem(largest, "CERTIFICATE", "\r\n")));
    const Bytes larger = sequence_of_size(max_certificate_size + 1);
    REQUIRE(larger.size() == max_certificate_size + 1);
    CHECK(reason_for(larger) == ReasonCode::too_large);
    CHECK(reason_for(to_pem(larger)) == ReasonCode::too_large);
    CHECK(reason_for(Bytes(max_input_size + 1, std::byte{'A'})) == ReasonCode::too_large);
}

TEST_CASE("two PEM certificates are not_exactly_one") {
    CHECK(reason_for(a_pem() + a_pem()) == ReasonCode::not_exactly_one);
    CHECK(reason_for(a_pem() + "some text\n" + to_pem(a_certificate(), "X509 CERTIFICATE")) ==
          ReasonCode::not_exactly_one);
}

TEST_CASE("any other PEM block beside the certificate is not_exactly_one") {
    CHECK(reason_for(a_pem() + to_pem(bytes({0x30, 0x00}), "X509 CRL")) == ReasonCode::not_exactly_one);
    CHECK(reason_for(to_pem(bytes({0x30, 0x00}), "PKCS7") + a_pem()) == ReasonCode::not_exactly_one);
}

TEST_CASE("a private key in PEM wins over everything else") {
    for (const auto* label :
         {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY",
          "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "ANY PRIVATE KEY"}) {
        INFO(label);
        const std::string key = to_pem(bytes({0x30, 0x03, 0x02, 0x01, 0x00}), label);
        CHECK(reason_for(key) == ReasonCode::private_key_in_input);
        CHECK(reason_for(a_pem() + key) == ReasonCode::private_key_in_input);
        CHECK(reason_for(key + a_pem() + a_pem()) == ReasonCode::private_key_in_input);
        CHECK(reason_for(joined({a_certificate(), as_byte_view(key)})) == ReasonCode::private_key_in_input);
        CHECK(reason_for(joined({bytes({0xFF, 0x00}), as_byte_view(key)})) ==
              ReasonCode::private_key_in_input);
        CHECK(reason_for(key.substr(0, key.find("-----END"))) == ReasonCode::private_key_in_input);
        CHECK(reason_for(utf16(key, false)) == ReasonCode::private_key_in_input);
    }
    CHECK(reason_for("PuTTY-User-Key-File-2: ssh-rsa\n") == ReasonCode::private_key_in_input);
    CHECK(reason_for("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n") == ReasonCode::private_key_in_input);
    CHECK(contains(message_for(as_byte_view(to_pem(bytes({0x30, 0x00}), "PRIVATE KEY"))),
                   "contains a private key"));
}

TEST_CASE("a private key in DER is recognised by its first bytes") {
    const Bytes pkcs8 = private_key_der(rsa());
    const Bytes pkcs8_ec = private_key_der(ec());
    const Bytes pkcs1 =
        element(0x30, joined({bytes({0x02, 0x01, 0x00}), element(0x02, Bytes(256, std::byte{0x5A}))}));
    const Bytes sec1 = element(0x30, joined({bytes({0x02, 0x01, 0x01}), element(0x04, Bytes(32))}));
    const Bytes pbes2 = element(0x30, joined({element(0x30, bytes({0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7,
                                                                   0x0D, 0x01, 0x05, 0x0D, 0x30, 0x00})),
                                              element(0x04, Bytes(200))}));
    const Bytes pkcs12_scheme =
        element(0x30, joined({element(0x30, bytes({0x06, 0x0A, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C,
                                                   0x01, 0x03})),
                              element(0x04, Bytes(200))}));
    const Bytes pvk = joined({bytes({0x1E, 0xF1, 0xB5, 0xB0, 0, 0, 0, 0}), Bytes(100)});
    for (const Bytes& key : {pkcs8, pkcs8_ec, pkcs1, sec1, pbes2, pkcs12_scheme, pvk}) {
        INFO(to_hex_lower(ByteView(key).first(24)));
        CHECK(reason_for(key) == ReasonCode::private_key_in_input);
    }
    CHECK(reason_for(to_pem(pkcs8)) == ReasonCode::private_key_in_input);
    CHECK(reason_for(to_base64(pkcs8)) == ReasonCode::private_key_in_input);
    CHECK(reason_for(joined({a_certificate(), pkcs8})) == ReasonCode::private_key_in_input);
}

TEST_CASE("PKCS#7 has its own code in PEM, DER and BER") {
    const Bytes content =
        joined({bytes({0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02}), Bytes(300)});
    CHECK(reason_for(element(0x30, content)) == ReasonCode::pkcs7_container);
    CHECK(reason_for(indefinite_element(0x30, content)) == ReasonCode::pkcs7_container);
    CHECK(reason_for(to_base64(element(0x30, content))) == ReasonCode::pkcs7_container);
    for (const auto* label : {"PKCS7", "CMS", "PKCS #7 SIGNED DATA", "CERTIFICATE"})
        CHECK(reason_for(to_pem(element(0x30, content), label)) == ReasonCode::pkcs7_container);
    CHECK(contains(message_for(element(0x30, content)), "(.p7b)"));
}

TEST_CASE("a PFX has its own code") {
    const Bytes content = joined({bytes({0x02, 0x01, 0x03, 0x30, 0x82}), Bytes(300)});
    CHECK(reason_for(element(0x30, content)) == ReasonCode::pfx_container);
    CHECK(reason_for(indefinite_element(0x30, content)) == ReasonCode::pfx_container);
    CHECK(reason_for(to_base64(element(0x30, content))) == ReasonCode::pfx_container);
}

TEST_CASE("whatever follows a DER certificate is trailing_bytes") {
    CHECK(reason_for(joined({a_certificate(), a_certificate()})) == ReasonCode::trailing_bytes);
    CHECK(reason_for(joined({a_certificate(), as_byte_view("\n")})) == ReasonCode::trailing_bytes);
    CHECK(reason_for(joined({a_certificate(), bytes({0})})) == ReasonCode::trailing_bytes);
    CHECK(reason_for(joined({a_certificate(), as_byte_view(a_pem())})) == ReasonCode::trailing_bytes);
    CHECK(reason_for(to_pem(joined({a_certificate(), bytes({0})}))) == ReasonCode::trailing_bytes);
}

TEST_CASE("a certificate that is cut off says how much is missing") {
    const ByteView cut = ByteView(a_certificate()).first(a_certificate().size() - 10);
    CHECK(reason_for(cut) == ReasonCode::not_a_certificate);
    CHECK(contains(message_for(cut), "the last 10 are missing"));
    for (std::size_t size = 1; size < a_certificate().size(); ++size)
        CHECK(reason_for(ByteView(a_certificate()).first(size)) == ReasonCode::not_a_certificate);
}

TEST_CASE("lengths in another form than DER's are refused") {
    CHECK(reason_for(indefinite_element(0x30, element(0x30, Bytes(200)))) == ReasonCode::not_a_certificate);
    CHECK(reason_for(bytes({0x30, 0x81, 0x02, 0x05, 0x00})) == ReasonCode::not_a_certificate);
    CHECK(reason_for(bytes({0x30, 0x82, 0x00, 0x80, 0x05, 0x00})) == ReasonCode::not_a_certificate);
    CHECK(reason_for(bytes({0x30, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00})) == ReasonCode::not_a_certificate);
    CHECK(reason_for(bytes({0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF})) == ReasonCode::not_a_certificate);
}

TEST_CASE("text in UTF-16 has its own code, with and without a byte order mark") {
    CHECK(reason_for(joined({bytes({0xFF, 0xFE}), utf16(a_pem(), false)})) == ReasonCode::utf16_text);
    CHECK(reason_for(joined({bytes({0xFE, 0xFF}), utf16(a_pem(), true)})) == ReasonCode::utf16_text);
    CHECK(reason_for(utf16(a_pem(), false)) == ReasonCode::utf16_text);
    CHECK(reason_for(utf16(a_pem(), true)) == ReasonCode::utf16_text);
    CHECK(reason_for(utf16(to_base64(a_certificate()), false)) == ReasonCode::utf16_text);
}

TEST_CASE("Base64 without markers has its own code") {
    CHECK(reason_for(to_base64(a_certificate())) == ReasonCode::bare_base64);
    std::string pem = a_pem();
    pem.erase(0, pem.find('\n') + 1);
    pem.erase(pem.find("-----END"));
    CHECK(reason_for(pem) == ReasonCode::bare_base64);
}

TEST_CASE("damaged PEM is not_a_certificate") {
    const std::string pem = a_pem();
    std::string bad_character = pem;
    bad_character[100] = '*';
    CHECK(reason_for(bad_character) == ReasonCode::not_a_certificate);
    CHECK(reason_for(pem.substr(0, pem.find("-----END"))) == ReasonCode::not_a_certificate);
    CHECK(reason_for(pem.substr(pem.find('\n') + 1)) == ReasonCode::not_a_certificate);
    CHECK(reason_for(pem + "-----END CERTIFICATE-----\n") == ReasonCode::not_a_certificate);
    CHECK(reason_for("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n") ==
          ReasonCode::not_a_certificate);
    CHECK(reason_for("-----BEGIN CERTIFICATE") == ReasonCode::not_a_certificate);
    CHECK(reason_for("-----BEGIN \n-----") == ReasonCode::not_a_certificate);
    CHECK(reason_for(to_pem(as_byte_view("hello"))) == ReasonCode::not_a_certificate);
    CHECK(reason_for(to_pem(a_certificate(), "TRUSTED CERTIFICATE")) == ReasonCode::not_a_certificate);
    CHECK(reason_for(to_pem(a_certificate(), "CERTIFICATE REQUEST")) == ReasonCode::not_a_certificate);
    CHECK(reason_for(to_pem(as_byte_view(to_pem(a_certificate())))) == ReasonCode::not_a_certificate);
}

TEST_CASE("PEM mixed with binary data is not_a_certificate") {
    CHECK(reason_for(joined({bytes({0x01, 0x02}), as_byte_view(a_pem())})) == ReasonCode::not_a_certificate);
    CHECK(reason_for(joined({as_byte_view(a_pem()), bytes({0x00})})) == ReasonCode::not_a_certificate);
    CHECK(reason_for(joined({bytes({0xC0, 0xAF, 0x0A}), as_byte_view(a_pem())})) ==
          ReasonCode::not_a_certificate);
}

TEST_CASE("a web page or JSON is named as what it is") {
    for (const auto* text :
         {"<!DOCTYPE html><html>Please log in</html>", "\n <html>", R"({"error":"not found"})", "[]"}) {
        CHECK(reason_for(text) == ReasonCode::not_a_certificate);
        CHECK(contains(message_for(as_byte_view(text)), "web page"));
    }
    CHECK(reason_for("Not found") == ReasonCode::not_a_certificate);
}

TEST_CASE("random damage never yields anything but one of the codes of a container") {
    std::mt19937 random(7);
    const std::string pem = a_pem();
    std::vector<Bytes> seeds{a_certificate(), bytes_of(pem), utf16(pem, false),
                             bytes_of(to_base64(a_certificate()))};
    for (int round = 0; round < 4000; ++round) {
        Bytes input = seeds[random() % seeds.size()];
        for (unsigned i = random() % 8; i-- > 0;)
            input[random() % input.size()] = static_cast<std::byte>(random());
        if (random() % 4 == 0) input.resize(random() % input.size());
        const auto result = unwrap_certificate(input);
        if (result) continue;
        REQUIRE(result.error().reason);
        REQUIRE(*result.error().reason >= ReasonCode::empty_input);
        REQUIRE(*result.error().reason <= ReasonCode::bare_base64);
    }
}
