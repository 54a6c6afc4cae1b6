#include "common/settings/source_kind.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <utility>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string refusal_of(std::string_view location) {
    const auto kind = source_kind(location);
    INFO(location);
    REQUIRE_FALSE(kind);
    CHECK(kind.error().reason == ReasonCode::settings_invalid);
    return kind.error().message;
}

} // namespace

TEST_CASE("a location is of the kind that its beginning says") {
    const std::pair<const char*, SourceKind> examples[] = {
        {"https://pki.example.com/a.cer", SourceKind::https},
        {"HTTPS://pki.example.com/a.cer", SourceKind::https},
        {"http://pki.example.com/a.cer", SourceKind::http},
        {"/etc/wsus-trust-agent/a.cer", SourceKind::file},
        {"a.cer", SourceKind::file},
        {"../My certificates/a.cer", SourceKind::file},
        {"./odd:name.cer", SourceKind::file},
        {R"(C:\Program Files\a.cer)", SourceKind::file},
        {"d:/a.cer", SourceKind::file},
        {R"(\\server\share\a.cer)", SourceKind::unc},
        {R"(\\server\share\my folder\a.cer)", SourceKind::unc},
        {"//server/share/a.cer", SourceKind::unc},
        {R"(/\server\share\a.cer)", SourceKind::unc},
    };
    for (const auto& [location, kind] : examples) {
        INFO(location);
        const auto found = source_kind(location);
        REQUIRE(found);
        CHECK(*found == kind);
    }
}

TEST_CASE("file: and unknown schemes are refused with what to write instead") {
    CHECK_THAT(refusal_of("file:///C:/a.cer"), ContainsSubstring("the path itself"));
    CHECK_THAT(refusal_of("ldap://dc/cn=x"), ContainsSubstring("\"ldap:\" is not known"));
    CHECK_THAT(refusal_of("FTP://server/a.cer"), ContainsSubstring("\"ftp:\" is not known"));
}

TEST_CASE("a URL that cannot be used is refused") {
    CHECK_THAT(refusal_of("https://user:secret@example.com/a.cer"), ContainsSubstring("credentials"));
    CHECK_THAT(refusal_of("https:///a.cer"), ContainsSubstring("no host"));
    CHECK_THAT(refusal_of("https://example.com/a b.cer"), ContainsSubstring("%20"));
    CHECK_THAT(refusal_of("https://example.com/a.cer#top"), ContainsSubstring("fragment"));
}

TEST_CASE("paths that mean something else on another day are refused") {
    CHECK_THAT(refusal_of("C:a.cer"), ContainsSubstring("full path"));
    CHECK_THAT(refusal_of("C:"), ContainsSubstring("full path"));
    CHECK_THAT(refusal_of(R"(C:\)"), ContainsSubstring("full path"));
    CHECK_THAT(refusal_of(R"(\share\a.cer)"), ContainsSubstring("single backslash"));
}

TEST_CASE("device paths and incomplete shares are refused") {
    CHECK_THAT(refusal_of(R"(\\?\C:\a.cer)"), ContainsSubstring("device paths"));
    CHECK_THAT(refusal_of(R"(\\.\pipe\a)"), ContainsSubstring("device paths"));
    CHECK_THAT(refusal_of("//?/C:/a.cer"), ContainsSubstring("device paths"));
    for (const auto* location : {R"(\\)", R"(\\server)", R"(\\server\)", R"(\\server\share)",
                                 R"(\\server\share\)", R"(\\\share\a)", R"(\\server\\a)"})
        CHECK_THAT(refusal_of(location), ContainsSubstring(R"(\\server\share\file)"));
}

TEST_CASE("characters that cannot be seen are refused everywhere and shown") {
    CHECK_THAT(refusal_of("a\nb.cer"), ContainsSubstring("\\x0A"));
    CHECK_THAT(refusal_of(std::string("a\0.cer", 6)), ContainsSubstring("\\x00"));
    CHECK_THAT(refusal_of("https://example.com/a\xE2\x80\x8B.cer"), ContainsSubstring("\\u{200B}"));
    CHECK_THAT(refusal_of("\\\\server\\share\\a\xE2\x80\xAE.cer"), ContainsSubstring("\\u{202E}"));
    CHECK_THAT(refusal_of("a\xFF.cer"), ContainsSubstring("\\xFF"));
}

TEST_CASE("nothing, and spaces at either end, are refused") {
    CHECK_THAT(refusal_of(""), ContainsSubstring("empty"));
    CHECK_THAT(refusal_of(" a.cer"), ContainsSubstring("space"));
    CHECK_THAT(refusal_of("a.cer "), ContainsSubstring("space"));
}
