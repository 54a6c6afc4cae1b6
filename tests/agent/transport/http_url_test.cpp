#include "agent/transport/http_url.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

using namespace wta;

namespace {

HttpUrl parsed(std::string_view text) {
    auto url = parse_http_url(text);
    REQUIRE(url.has_value());
    return *url;
}

} // namespace

TEST_CASE("a location falls into what is looked up, verified and asked for") {
    const auto url = parsed("HTTPS://PKI.Example.com:8443/a%20b.cer?v=1&w");
    REQUIRE(url.tls);
    REQUIRE(url.host == "pki.example.com");
    REQUIRE_FALSE(url.ip_literal);
    REQUIRE(url.port == "8443");
    REQUIRE(url.target == "/a%20b.cer?v=1&w");
    REQUIRE(host_and_port(url) == "pki.example.com:8443");
    REQUIRE(host_header(url) == "pki.example.com:8443");
}

TEST_CASE("the scheme's own port is assumed and not repeated in the Host header") {
    REQUIRE(parsed("https://a.example").port == "443");
    REQUIRE(parsed("http://a.example").port == "80");
    REQUIRE(parsed("https://a.example").target == "/");
    REQUIRE(host_header(parsed("https://a.example:0443/x")) == "a.example");
    REQUIRE(host_header(parsed("http://a.example:443/x")) == "a.example:443");
}

TEST_CASE("a final dot is for the resolver only") {
    const auto url = parsed("https://a.example./x");
    REQUIRE(url.host == "a.example");
    REQUIRE(resolver_name(url) == "a.example.");
    REQUIRE(resolver_name(parsed("https://a.example/x")) == "a.example");
}

TEST_CASE("addresses are told from names") {
    REQUIRE(parsed("https://192.0.2.1/x").ip_literal);
    const auto ipv6 = parsed("https://[2001:DB8::1]/x");
    REQUIRE(ipv6.ip_literal);
    REQUIRE(ipv6.host == "2001:db8::1");
    REQUIRE(host_and_port(ipv6) == "[2001:db8::1]:443");
    REQUIRE_FALSE(parsed("https://x.192.0.2.1/x").ip_literal);
}

TEST_CASE("what is no location to ask is source_not_supported") {
    const auto text =
        GENERATE("https://user@a.example/x", "https://./x", "https://a.example../x", "https:///x",
                 "ftp://a.example/x", "a.example/x", "https://a.example:0/x",
                 "https://b\xC3\xBC"
                 "cher.example/x",
                 "https://a%2eexample/x", "https://192.0.2.1.example/x", "https://192.0.2.1-a.example/x");
    CAPTURE(text);
    const auto url = parse_http_url(text);
    REQUIRE_FALSE(url.has_value());
    REQUIRE(url.error().reason == ReasonCode::source_not_supported);
}

TEST_CASE("a redirect stays on https, host and port") {
    const auto from = parsed("https://a.example:8443/one/two.cer?q");
    REQUIRE(follow_redirect(from, "three.cer", 0)->target == "/one/three.cer");
    REQUIRE(follow_redirect(from, "/three.cer#part", 2)->target == "/three.cer");
    REQUIRE(follow_redirect(from, "https://A.Example:8443/x", 0)->host == "a.example");
    REQUIRE(follow_redirect(from, "https://a.example.:8443/x", 0)->target == "/x");
    REQUIRE(follow_redirect(from, "?other", 0)->target == "/one/two.cer?other");
    REQUIRE(follow_redirect(parsed("https://a.example/x"), "https://a.example:443/y", 0)->target == "/y");
}

TEST_CASE("a redirect anywhere else is refused and quoted") {
    const auto from = parsed("https://a.example/one");
    const std::string location =
        GENERATE("http://a.example/two", "http://a.example:443/two", "https://b.example/two",
                 "https://a.example:444/two", "//b.example/two", "https://u@a.example/two",
                 "https://u:p@a.example/two", "file:///etc/passwd", "\\\\server\\share\\x",
                 "https://a.example.b.example/two", "javascript:alert(1)", "https://a.example\r\nX: y",
                 "https://", "http:two", "https:?", "https:#", "x:\n");
    CAPTURE(location);
    const auto to = follow_redirect(from, location, 0);
    REQUIRE_FALSE(to.has_value());
    REQUIRE(to.error().reason == ReasonCode::redirect_refused);
    REQUIRE(to.error().message.find(location.substr(0, std::min<std::size_t>(7, location.find('\n')))) !=
            std::string::npos);
    REQUIRE(to.error().message.find('\r') == std::string::npos);
}

TEST_CASE("a host that begins with the address of the first is another host") {
    const auto from = parsed("https://192.0.2.1/one");
    REQUIRE(follow_redirect(from, "https://192.0.2.1/two", 0).has_value());
    REQUIRE(follow_redirect(from, "https://192.0.2.1.example/two", 0).error().reason ==
            ReasonCode::redirect_refused);
    REQUIRE(follow_redirect(from, "//192.0.2.1.example/two", 0).error().reason ==
            ReasonCode::redirect_refused);
}

TEST_CASE("nothing is followed over plain http, and no fourth redirect") {
    REQUIRE(follow_redirect(parsed("http://a.example/x"), "https://a.example/y", 0).error().reason ==
            ReasonCode::redirect_refused);
    REQUIRE(follow_redirect(parsed("http://a.example:443/x"), "https://a.example/y", 0).error().reason ==
            ReasonCode::redirect_refused);
    REQUIRE(follow_redirect(parsed("http://a.example/x"), "/y", 0).error().reason ==
            ReasonCode::redirect_refused);
    REQUIRE(follow_redirect(parsed("https://a.example/x"), "/y", 2).has_value());
    REQUIRE(follow_redirect(parsed("https://a.example/x"), "/y", 3).error().reason ==
            ReasonCode::redirect_refused);
}
