#include "agent/transport/uplink.h"

#include "agent/platform/within.h"
#include "tests/support/one_answer.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <thread>

using namespace wta;
using Catch::Matchers::ContainsSubstring;
using wta::test::OneAnswer;
using namespace std::chrono_literals;

namespace {

std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

} // namespace

TEST_CASE("an answer on this machine is read to the end of the connection") {
    OneAnswer server("HTTP/1.0 202 Accepted\r\nRetry-After: 7\r\n\r\nthank you");
    const auto answer =
        make_uplink({.user_agent = "test/1"})->post({.url = server.location(), .body = "report"}, in(10s));
    REQUIRE(answer.has_value());
    CHECK(*answer == PostAnswer{202, 7s, "thank you"});
    CHECK_THAT(server.request(), ContainsSubstring("POST /a.cer HTTP/1.1\r\n") &&
                                     ContainsSubstring("\r\nUser-Agent: test/1\r\n") &&
                                     ContainsSubstring("\r\nContent-Length: 6\r\n"));
}

TEST_CASE("the reason for which nothing was posted names where it should have gone") {
    const auto uplink = make_uplink({});
    const auto refused = uplink->post({.url = "http://collector.example.com/in"}, in(10s));
    REQUIRE_FALSE(refused.has_value());
    CHECK_THAT(refused.error().message, ContainsSubstring("http://collector.example.com/in: "));
    const auto elsewhere = uplink->send({"no host", "6514"}, as_byte_view("x"), in(10s));
    CHECK(elsewhere.error().reason == ReasonCode::source_not_supported);
}

TEST_CASE("what is begun after its deadline ends at once as timed_out") {
    const auto uplink = make_uplink({});
    OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const auto answer = uplink->post({.url = server.location()}, in(-1s));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().reason == ReasonCode::timed_out);
    CHECK(answer.error().code == ErrorCode::timed_out);
    while (abandoned_workers() > 0) std::this_thread::yield();
}
