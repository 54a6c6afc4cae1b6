#include "common/settings/certificate_reader.h"

#include "common/base/hex.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

// As the system that the tests run on spells it.
std::string native(std::u8string_view path) {
    const std::u8string text = std::filesystem::path(path).make_preferred().u8string();
    return {text.begin(), text.end()};
}

const std::string pin_a(64, 'a');
const std::string pin_b(64, 'b');

ReadSettings read(const std::string& entries) {
    return read_settings("certificates:\n" + entries, "agent.yaml", "/etc/agent");
}

CertificateSettings only(const std::string& entry) {
    auto result = read(entry);
    for (const SettingsError& error : result.errors) UNSCOPED_INFO(describe(error));
    REQUIRE(result.errors.empty());
    REQUIRE(result.settings.certificates.size() == 1);
    return result.settings.certificates.front();
}

// Exactly one error: its line and column, and words of its message.
void check_refused(const std::string& entries, const std::string& where, const std::string& words) {
    const auto result = read(entries);
    CAPTURE(entries.substr(0, 300));
    for (const SettingsError& error : result.errors) UNSCOPED_INFO(describe(error));
    REQUIRE(result.errors.size() == 1);
    CHECK_THAT(describe(result.errors.front()), Catch::Matchers::StartsWith("agent.yaml:" + where + ": "));
    CHECK_THAT(result.errors.front().message, ContainsSubstring(words));
}

} // namespace

TEST_CASE("an entry with a pin has the documented defaults") {
    const auto entry = only("  - sha256: " + pin_a + "\n");
    CHECK(to_string(*entry.sha256) == pin_a);
    CHECK(entry.sources.empty());
    CHECK_FALSE(entry.der);
    CHECK(entry.state == CertificateState::trusted);
    CHECK(entry.allow == Exceptions{});
    CHECK(entry.restrict_usage);
    CHECK(entry.note.empty());
    CHECK(describe(entry.origin) == "agent.yaml:2:5");
}

TEST_CASE("every key of an entry is read") {
    const std::string der = "MAMCASo=";
    const auto entry = only("  - source: [https://example.com/a.cer, b.cer]\n    sha256: " +
                            to_string(sha256_of(*from_base64(der))) + "\n    der: " + der +
                            "\n    state: distrusted\n    allow: [expired, no_eku, ca_certificate]\n" +
                            "    restrict_usage: false\n    note: \"CHG1: \xC3\xBC\"\n");
    CHECK(entry.sources ==
          std::vector<std::string>{"https://example.com/a.cer", native(u8"/etc/agent/b.cer")});
    CHECK(entry.der == from_base64(der));
    CHECK(entry.state == CertificateState::distrusted);
    CHECK(entry.allow == Exceptions{true, true, true});
    CHECK_FALSE(entry.restrict_usage);
    CHECK(entry.note == "CHG1: \xC3\xBC");
}

TEST_CASE("retrust is an id, in either case, of one exact certificate that is trusted") {
    const std::string id = "01234567-89ab-cdef-0123-456789abcdef";
    CHECK(only("  - sha256: " + pin_a + "\n    retrust: " + id + "\n").retrust == id);
    CHECK(only("  - sha256: " + pin_a + "\n    retrust: 01234567-89AB-CDEF-0123-456789ABCDEF\n").retrust ==
          id);
    CHECK_FALSE(only("  - sha256: " + pin_a + "\n").retrust);
    for (const std::string wrong :
         {"yes", "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdef0",
          "01234567-89ab-cdef-0123+456789abcdef", "01234567-89ab-cdef-0123-456789abcdeg",
          "0123456789abcdef0123456789abcdef"})
        check_refused("  - sha256: " + pin_a + "\n    retrust: " + wrong + "\n", "3:14", "retrust is the id");
    check_refused("  - der: MAMCASo=\n    retrust: " + id + "\n", "3:5", "retrust needs sha256");
    for (const std::string state : {"withdrawn", "distrusted"})
        check_refused("  - sha256: " + pin_a + "\n    state: " + state + "\n    retrust: " + id + "\n", "4:5",
                      "trusted again");
}

TEST_CASE("no entries are no certificates") {
    for (const auto* text : {"", "  # - sha256: x\n", "  []\n"}) {
        const auto result = read(text);
        CHECK(result.errors.empty());
        CHECK(result.settings.certificates.empty());
    }
}

TEST_CASE("certificates that are no list of groups are refused") {
    check_refused("  sha256: " + pin_a + "\n", "2:3", "is a list");
    check_refused("  - " + pin_a + "\n", "2:5", "is a group of keys");
    check_refused("  -\n", "2:3", "is a group of keys");
    check_refused("  - sha256: " + pin_a + "\n    sorce: x\n", "3:5", "did you mean \"source\"?");
}

TEST_CASE("a pin of another kind is refused where it stands, and nothing else is complained about") {
    check_refused(
        "  - sha256: " + std::string(40, 'a') +
            "\n    source: http://example.com/{sha256}.cer\n    allow: no_eku\n    state: withdrawn\n",
        "2:13", "SHA-1");
    check_refused("  - sha256:\n    source: a.cer\n", "2:5", "sha256 has no value");
    check_refused("  - sha256: [" + pin_a + "]\n", "2:13", "not a list");
}

TEST_CASE("the same SHA-256 twice is refused with both lines, however it is spelled") {
    check_refused("  - sha256: " + pin_a + "\n  - sha256: " + pin_b +
                      "\n  - sha256: " + std::string(64, 'A') + "\n",
                  "4:13", "on line 4 was given before, on line 2");
}

TEST_CASE("an entry that names no certificate is refused") {
    check_refused("  - note: x\n", "2:5", "names no certificate");
    CHECK(only("  - source: a.cer\n").sha256 == std::nullopt);
    CHECK(only("  - der: MAMCASo=\n").sha256 == std::nullopt);
}

TEST_CASE("{sha256} in a source stands for the pin in small letters, and other braces for themselves") {
    const auto entry =
        only("  - source: \"a/{sha256}/{x}-{sha256}.cer\"\n    sha256: " + std::string(64, 'A') + "\n");
    CHECK(entry.sources ==
          std::vector<std::string>{native(u8"/etc/agent/a/") + pin_a + native(u8"/{x}-") + pin_a + ".cer"});
    CHECK(only("  - sha256: " + pin_a + "\n    source: https://example.com/{sha256}.cer\n").sources ==
          std::vector<std::string>{"https://example.com/" + pin_a + ".cer"});
    check_refused("  - source: https://example.com/{sha256}.cer\n", "2:13", "no sha256 to put there");
}

TEST_CASE("relative sources are relative to the settings, absolute ones of either system stay") {
    const auto sources_of = [](const std::string& source) {
        return only("  - source: '" + source + "'\n").sources.at(0);
    };
    CHECK(sources_of("x.cer") == native(u8"/etc/agent/x.cer"));
    CHECK(sources_of("../y/./x.cer") == native(u8"/etc/y/x.cer"));
    CHECK(sources_of("m\xC3\xBC ller.cer") == native(u8"/etc/agent/m\u00FC ller.cer"));
    CHECK(sources_of("/srv/x.cer") == "/srv/x.cer");
    CHECK(sources_of(R"(C:\pki\x.cer)") == R"(C:\pki\x.cer)");
    CHECK(sources_of(R"(\\server\share\x.cer)") == R"(\\server\share\x.cer)");
    CHECK(sources_of("//server/share/x.cer") == "//server/share/x.cer");
}

TEST_CASE("an http source needs a pin") {
    CHECK(only("  - sha256: " + pin_a + "\n    source: http://example.com/x.cer\n").sources.size() == 1);
    check_refused("  - source: http://example.com/x.cer\n", "2:13", "needs a pin");
    check_refused("  - source: [a.cer, http://example.com/x.cer]\n", "2:21", "needs a pin");
}

TEST_CASE("sources that cannot be used are refused, each where it stands") {
    check_refused("  - source: ftp://example.com/x.cer\n", "2:13", "\"ftp:\" is not known");
    check_refused("  - source: https://u:p@example.com/x.cer\n", "2:13", "credentials");
    check_refused("  - source:\n      - a.cer\n      - \"a\\nb\"\n", "4:9", "\\x0A");
    check_refused("  - source:\n", "2:5", "source has no value");
    check_refused("  - source: []\n", "2:13", "empty list");
    check_refused("  - source: ['']\n", "2:14", "empty");
    check_refused("  - source: {a: b}\n", "2:13", "not a group of keys");
    check_refused("  - source: " + std::string(2'049, 'a') + "\n", "2:13", "2,048 bytes");
    CHECK(only("  - source: " + std::string(2'048, 'a') + "\n").sources.size() == 1);
}

TEST_CASE("an entry has at most sixteen sources") {
    std::string list = "  - source: [a";
    for (int i = 1; i < 16; ++i) list += ", a" + std::to_string(i);
    CHECK(only(list + "]\n").sources.size() == 16);
    check_refused(list + ", b]\n", "2:13", "at most 16 sources");
}

TEST_CASE("der is strict Base64 of at most 15,000 bytes") {
    CHECK(only("  - der: |\n      MAMC\n      ASo=\n").der == from_base64("MAMCASo="));
    CHECK(only("  - der: " + to_base64(Bytes(15'000)) + "\n").der->size() == 15'000);
    check_refused("  - der: " + to_base64(Bytes(15'001)) + "\n", "2:10", "15001 bytes");
    check_refused("  - der: MAMCASo\n", "2:10", "not Base64");
    check_refused("  - der: MAMC*So=\n", "2:10", "not Base64");
    check_refused("  - der: ''\n", "2:10", "der is empty");
    check_refused("  - der: '-----BEGIN CERTIFICATE-----'\n", "2:10", "leave those out");
}

TEST_CASE("a der that is not the pinned certificate is refused with both digests") {
    const std::string digest = to_string(sha256_of(*from_base64("MAMCASo=")));
    check_refused("  - der: MAMCASo=\n    sha256: " + pin_a + "\n", "2:10", digest);
    check_refused("  - der: MAMCASo=\n    sha256: " + pin_a + "\n", "2:10", pin_a);
}

TEST_CASE("only an exact certificate can be withdrawn or distrusted") {
    CHECK(only("  - sha256: " + pin_a + "\n    state: withdrawn\n").state == CertificateState::withdrawn);
    CHECK(only("  - sha256: " + pin_a + "\n    state: 'trusted'\n").state == CertificateState::trusted);
    check_refused("  - source: a.cer\n    state: withdrawn\n", "3:12", "needs sha256");
    check_refused("  - source: a.cer\n    state: distrusted\n", "3:12", "needs sha256");
    check_refused("  - sha256: " + pin_a + "\n    state: revoked\n", "3:12",
                  "trusted, withdrawn, distrusted; not \"revoked\"");
    check_refused("  - sha256: " + pin_a + "\n    state: Trusted\n", "3:12", "did you mean \"trusted\"?");
}

TEST_CASE("exceptions need a pin and are spelled exactly") {
    CHECK(only("  - sha256: " + pin_a + "\n    allow: no_eku\n").allow == Exceptions{false, true, false});
    CHECK(only("  - sha256: " + pin_a + "\n    allow: []\n").allow == Exceptions{});
    CHECK(only("  - sha256: " + pin_a + "\n    allow:\n").allow == Exceptions{});
    check_refused("  - source: a.cer\n    allow: no_eku\n", "3:5", "allow needs a pin");
    check_refused("  - sha256: " + pin_a + "\n    allow: [expired, no-eku]\n", "3:22",
                  "did you mean \"no_eku\"?");
    check_refused("  - sha256: " + pin_a + "\n    allow: all\n", "3:12", "expired, no_eku, ca_certificate");
}

TEST_CASE("a note is one visible line of at most 1,000 bytes") {
    CHECK(only("  - source: a.cer\n    note: >\n      approved\n      by me\n").note == "approved by me");
    CHECK(only("  - source: a.cer\n    note:\n").note.empty());
    CHECK(only("  - source: a.cer\n    note: " + std::string(1'000, 'n') + "\n").note.size() == 1'000);
    check_refused("  - source: a.cer\n    note: " + std::string(1'001, 'n') + "\n", "3:11", "1,000 bytes");
    check_refused("  - source: a.cer\n    note: \"a\\nb\"\n", "3:11", "a\\x0Ab");
    check_refused("  - source: a.cer\n    note: \"a\xE2\x80\xAE"
                  "b\"\n",
                  "3:11", "a\\u{202E}b");
    check_refused("  - source: a.cer\n    note: \"a\\0b\"\n", "3:11", "\\x00");
}

TEST_CASE("ten thousand certificates are read, one more is refused where it stands") {
    std::string entries;
    for (std::size_t i = 0; i < max_certificates; ++i) {
        const std::string number = std::to_string(i);
        entries += "  - sha256: " + std::string(64 - number.size(), '0') + number + "\n";
    }
    const auto result = read(entries);
    CHECK(result.errors.empty());
    CHECK(result.settings.certificates.size() == max_certificates);
    check_refused(entries + "  - sha256: " + pin_a + "\n", "10002:5", "at most 10,000");
}
