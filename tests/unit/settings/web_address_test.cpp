#include "common/settings/web_address.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string refusal_of(std::string_view url) {
    const auto address = parse_web_address(url);
    INFO(url);
    REQUIRE_FALSE(address);
    CHECK(address.error().reason == ReasonCode::settings_invalid);
    return address.error().message;
}

} // namespace

TEST_CASE("a URL is taken apart into host, port and target") {
    CHECK(*parse_web_address("https://pki.example.com/a/b.cer?v=1&w=%20") ==
          WebAddress{true, "pki.example.com", false, "", "/a/b.cer?v=1&w=%20"});
    CHECK(*parse_web_address("HTTP://Proxy_1:8080") == WebAddress{false, "Proxy_1", false, "8080", "/"});
    CHECK(*parse_web_address("https://192.0.2.1:1/") == WebAddress{true, "192.0.2.1", false, "1", "/"});
    CHECK(*parse_web_address("https://[2001:db8::1]:65535/x") ==
          WebAddress{true, "2001:db8::1", true, "65535", "/x"});
    CHECK(*parse_web_address("https://xn--bcher-kva.example?q") ==
          WebAddress{true, "xn--bcher-kva.example", false, "", "/?q"});
}

TEST_CASE("a host that only starts like an IPv4 address is refused, not cut") {
    CHECK_THAT(refusal_of("https://192.0.2.1.example/x"), ContainsSubstring("IPv4"));
}

TEST_CASE("a URL with user information is refused: no credentials are ever offered") {
    CHECK_THAT(refusal_of("https://user:secret@example.com/x"), ContainsSubstring("credentials"));
    CHECK_THAT(refusal_of("https://user@example.com/x"), ContainsSubstring("credentials"));
    CHECK_THAT(refusal_of("https://@example.com/x"), ContainsSubstring("credentials"));
}

TEST_CASE("a URL with a fragment, without a host or with an impossible port is refused") {
    CHECK_THAT(refusal_of("https://example.com/x#y"), ContainsSubstring("fragment"));
    CHECK_THAT(refusal_of("https:///x"), ContainsSubstring("no host"));
    CHECK_THAT(refusal_of("https:x"), ContainsSubstring("no host"));
    for (const auto* url : {"https://example.com:/x", "https://example.com:0/", "https://example.com:65536/",
                            "https://example.com:99999999/"})
        CHECK_THAT(refusal_of(url), ContainsSubstring("port"));
}

TEST_CASE("a host that hides other characters is refused") {
    for (const auto* url : {"https://exa%6Dple.com/", "https://a%00.example/", "https://a%0d%0ab/",
                            "https://a!b/", "https://[v1.x]/"})
        CHECK_THAT(refusal_of(url), ContainsSubstring("host"));
    CHECK_THAT(refusal_of("https://" + std::string(254, 'a') + "/"), ContainsSubstring("host"));
}

TEST_CASE("what RFC 3986 does not allow is refused") {
    for (const auto* url : {"https://example.com/a b", "https://example.com/{x}",
                            "https://b\xC3\xBC"
                            "cher.example/",
                            "https://example.com/\xFF", "https://example.com/%zz", "https://[::1/",
                            "https://exa\nmple.com/", "https://example.com/\\x", ""})
        CHECK_THAT(refusal_of(url), ContainsSubstring("RFC 3986"));
}

TEST_CASE("a URL that is refused is shown shortly and in visible characters") {
    const std::string shown = refusal_of("https://example.com/\x1b[31m" + std::string(1'000, 'a'));
    CHECK(shown.find('\x1b') == std::string::npos);
    CHECK(shown.size() < 500);
}

TEST_CASE("other schemes and endless URLs are refused") {
    for (const auto* url :
         {"ftp://example.com/x", "wss://example.com/x", "file:///x", "gopher://example.com/"})
        CHECK_THAT(refusal_of(url), ContainsSubstring("only https:// and http://"));
    CHECK_THAT(refusal_of("https://example.com/" + std::string(2'048, 'a')), ContainsSubstring("2,048"));
}

TEST_CASE("a scheme and one character is refused, and Boost.URL does not abort on it") {
    for (const auto* url : {"https:?", "https:#", "https:\n", "https0:{", "x:["})
        CHECK_THAT(refusal_of(url), ContainsSubstring("names no host"));
}
