#include "agent/transport/system_proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;

namespace {

const ProxyExplicit proxy{"proxy.example", "3128"};

Result<std::optional<ProxyExplicit>> chosen(std::string_view location, const platform::SystemProxy& system) {
    return proxy_for(parse_http_url(location).value(), system);
}

bool goes_directly(std::string_view location, std::string bypass) {
    const auto found = chosen(location, {.proxy = "proxy.example:3128", .bypass = std::move(bypass)});
    REQUIRE(found.has_value());
    return !found->has_value();
}

} // namespace

TEST_CASE("the system's proxy is a host and a port, with or without its scheme") {
    const auto value = GENERATE("http://proxy.example:3128", "proxy.example:3128",
                                "HTTP://proxy.example:3128/", " proxy.example:3128 ");
    CAPTURE(value);
    REQUIRE(chosen("https://a.example/x", {.proxy = value, .bypass = {}}).value() == proxy);
}

TEST_CASE("without a setting the way is direct") {
    const auto value = GENERATE("", " ; ");
    REQUIRE(chosen("https://a.example/x", {.proxy = value, .bypass = {}}).value() == std::nullopt);
}

TEST_CASE("an address of IPv6 can be the proxy") {
    REQUIRE(chosen("https://a.example/x", {.proxy = "[2001:db8::1]:3128", .bypass = {}}).value() ==
            ProxyExplicit{"2001:db8::1", "3128"});
}

TEST_CASE("a proxy for the scheme comes before one for all") {
    const auto list = GENERATE("http=other.example:80;https=proxy.example:3128",
                               "other.example:80 HTTPS=proxy.example:3128",
                               "https=http://proxy.example:3128\thttp=other.example:80",
                               "ftp=other.example:80;proxy.example:3128;third.example:80");
    CAPTURE(list);
    REQUIRE(chosen("https://a.example/x", {.proxy = list, .bypass = {}}).value() == proxy);
}

TEST_CASE("http and https each take their own proxy") {
    const platform::SystemProxy system{.proxy = "http=proxy.example:3128;https=other.example:80",
                                       .bypass = {}};
    REQUIRE(chosen("http://a.example/x", system).value() == proxy);
    REQUIRE(chosen("https://a.example/x", system).value() == ProxyExplicit{"other.example", "80"});
}

TEST_CASE("where there is a proxy for other schemes only the way is direct") {
    REQUIRE(chosen("https://a.example/x", {.proxy = "http=other.example:80", .bypass = {}}).value() ==
            std::nullopt);
}

TEST_CASE("another proxy setting is refused") {
    const auto value = GENERATE("http://proxy.example", "https://proxy.example:3128",
                                "socks5://proxy.example:1080", "proxy", "http://", ":3128",
                                "proxy.example:3128/path", "192.0.2.1.example:3128", "https=proxy.example");
    CAPTURE(value);
    const auto found = chosen("https://a.example/x", {.proxy = value, .bypass = {}});
    REQUIRE_FALSE(found.has_value());
    REQUIRE(found.error().reason == ReasonCode::proxy_failed);
}

TEST_CASE("a password in the system's proxy is never repeated") {
    const auto value =
        GENERATE("http://user:hunter2@proxy.example:3128", "https=user:hunter2@proxy.example:3128");
    const auto found = chosen("https://a.example/x", {.proxy = value, .bypass = {}});
    REQUIRE_FALSE(found.has_value());
    REQUIRE(found.error().reason == ReasonCode::proxy_failed);
    REQUIRE(found.error().message.find("hunter2") == std::string::npos);
}

TEST_CASE("a host in the bypass list is reached directly") {
    const auto bypass =
        GENERATE("pki.corp.example", "PKI.Corp.Example", "*.corp.example", "pki.*", "*", "p*.c*p.example",
                 "other.example;pki.corp.example", "other.example pki.corp.example",
                 "https://pki.corp.example", "https://*.corp.example:443", "pki.corp.example:443", "*corp*");
    CAPTURE(bypass);
    REQUIRE(goes_directly("https://pki.corp.example/x", bypass));
}

TEST_CASE("another host goes through the proxy") {
    const auto bypass =
        GENERATE("", "corp.example", "pki.corp", "*.corp", "ki.corp.example", "pki.corp.example.",
                 "*.pki.corp.example", "http://pki.corp.example", "pki.corp.example:8443", "<local>",
                 "<-loopback>", "p*q", "pki.corp.exampl?");
    CAPTURE(bypass);
    REQUIRE_FALSE(goes_directly("https://pki.corp.example/x", bypass));
}

TEST_CASE("<local> means names without a dot, and no address") {
    REQUIRE(goes_directly("https://server/x", "<local>"));
    REQUIRE(goes_directly("https://server/x", "*.corp.example;<LOCAL>"));
    REQUIRE_FALSE(goes_directly("https://server.corp.example/x", "<local>"));
    REQUIRE_FALSE(goes_directly("https://192.0.2.1/x", "<local>"));
    REQUIRE_FALSE(goes_directly("https://[2001:db8::1]/x", "<local>"));
}

TEST_CASE("addresses are bypassed as they are written") {
    REQUIRE(goes_directly("https://192.0.2.1/x", "192.0.*"));
    REQUIRE(goes_directly("https://[2001:db8::1]/x", "2001:db8::1"));
    REQUIRE(goes_directly("https://[2001:db8::1]:8443/x", "[2001:db8::1]:8443"));
    REQUIRE_FALSE(goes_directly("https://[2001:db8::1]/x", "[2001:db8::1]:8443"));
    REQUIRE_FALSE(goes_directly("https://[2001:db8::1]/x", "[2001:db8::1"));
}

TEST_CASE("a bad proxy that is bypassed harms nobody") {
    REQUIRE(chosen("https://server/x", {.proxy = "nonsense", .bypass = "<local>"}).value() == std::nullopt);
}
