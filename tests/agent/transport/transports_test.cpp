#include "agent/transport/transports.h"

#include "agent/platform/within.h"
#include "agent/transport/progress.h"
#include "tests/support/one_answer.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace wta;
using wta::test::OneAnswer;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<Transport> transport() {
    TransportOptions options;
    options.timeout = 10s;
    options.user_agent = "test/1";
    return make_transport(std::move(options));
}

// Answers every request with its own location and remembers how many were under way at once.
class Counting final : public Transport {
public:
    Result<FetchResponse> fetch(const FetchRequest& request) override {
        const int now = ++under_way_;
        int seen = most_.load();
        while (now > seen && !most_.compare_exchange_weak(seen, now)) {}
        // Stays until as many have met as may at most, so that the number is reached and not left to chance;
        // a fifth would then be seen, too.
        for (const auto end = std::chrono::steady_clock::now() + 100ms;
             std::chrono::steady_clock::now() < end;) {
            std::this_thread::yield();
        }
        --under_way_;
        if (request.location == "bad") return refuse(ReasonCode::dns_failed, "bad");
        return FetchResponse{false, to_bytes(as_byte_view(request.location)), std::nullopt};
    }

    [[nodiscard]] int most() const { return most_; }

private:
    std::atomic<int> under_way_{0};
    std::atomic<int> most_{0};
};

} // namespace

TEST_CASE("an entity tag comes back with the body and is sent with the next request") {
    OneAnswer first("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"v1\"\r\n\r\nhi");
    const auto answer = transport()->fetch({first.location(), 100, std::nullopt});
    REQUIRE(answer.has_value());
    REQUIRE(as_text(answer->body) == "hi");
    REQUIRE(answer->etag == "\"v1\"");
    REQUIRE(first.request().find("If-None-Match") == std::string::npos);

    OneAnswer second("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
    const auto unchanged = transport()->fetch({second.location(), 100, answer->etag});
    REQUIRE(unchanged.value() == FetchResponse{true, {}, "\"v1\""});
    REQUIRE(second.request().find("\r\nIf-None-Match: \"v1\"\r\n") != std::string::npos);
}

TEST_CASE("a 304 without a condition is not taken for an unchanged publication") {
    OneAnswer server("HTTP/1.1 304 Not Modified\r\n\r\n");
    const auto answer = transport()->fetch({server.location(), 100, "not an entity tag\r\nX: y"});
    REQUIRE_FALSE(answer.has_value());
    REQUIRE(answer.error().reason == ReasonCode::http_malformed);
    REQUIRE(server.request().find("X: y") == std::string::npos);
}

TEST_CASE("a body may be exactly as long as the request allows, and no longer") {
    const std::string answer =
        GENERATE("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    OneAnswer enough(answer);
    REQUIRE(as_text(transport()->fetch({enough.location(), 3, std::nullopt})->body) == "abc");
    OneAnswer too_long(answer);
    REQUIRE(transport()->fetch({too_long.location(), 2, std::nullopt}).error().reason ==
            ReasonCode::body_too_large);
}

TEST_CASE("an empty body is an answer") {
    OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const auto answer = transport()->fetch({server.location(), 100, std::nullopt});
    REQUIRE(answer.has_value());
    REQUIRE(answer->body.empty());
}

TEST_CASE("the system's proxy is asked, except for what its bypass list names") {
    OneAnswer proxy("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    TransportOptions options;
    options.timeout = 10s;
    options.proxy = ProxySystem{};
    options.system_proxy = {.proxy = "http=" + proxy.location().substr(0, proxy.location().rfind('/')),
                            .bypass = "bypassed.invalid"};
    const auto through_it = make_transport(options);
    REQUIRE(through_it->fetch({"http://bypassed.invalid/a.cer", 100, std::nullopt}).error().reason ==
            ReasonCode::dns_failed);
    REQUIRE(through_it->fetch({"http://proxied.invalid/a.cer", 100, std::nullopt}).has_value());
    REQUIRE(proxy.request().starts_with("GET http://proxied.invalid/a.cer HTTP/1.1\r\n"));
}

TEST_CASE("an error names the location and never writes to a terminal") {
    const auto answer = transport()->fetch({"https://a.example/\x1B[2J", 100, std::nullopt});
    REQUIRE(answer.error().reason == ReasonCode::source_not_supported);
    REQUIRE(answer.error().message.find("https://a.example/") != std::string::npos);
    REQUIRE(answer.error().message.find('\x1B') == std::string::npos);
    const Error late = timed_out_error("https://a.example/\x1B[2J", 1s, FetchPhase::body);
    REQUIRE(late.message.find("https://a.example/") != std::string::npos);
    REQUIRE(late.message.find('\x1B') == std::string::npos);
}

TEST_CASE("a fetch that ends by itself leaves no worker behind") {
    const auto answer = transport()->fetch({"/nowhere/at/all.cer", 100, std::nullopt});
    REQUIRE(answer.error().reason == ReasonCode::file_not_found);
    REQUIRE(abandoned_workers() == 0);
}

TEST_CASE("a fetch from a server that hangs ends by itself") {
    OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    REQUIRE(transport()->fetch({server.location(), 100, std::nullopt}).has_value());
    TransportOptions options;
    options.timeout = 1s;
    // It takes one connection only: the second is made, and nothing is said.
    const auto answer = make_transport(options)->fetch({server.location(), 100, std::nullopt});
    REQUIRE(answer.error().reason == ReasonCode::timed_out);
    const auto patience = std::chrono::steady_clock::now() + 10s;
    while (abandoned_workers() > 0 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    REQUIRE(abandoned_workers() == 0);
}

TEST_CASE("several fetches answer in their order, at most four at once") {
    Counting counting;
    std::vector<FetchRequest> requests;
    for (int i = 0; i < 10; ++i) requests.push_back({std::to_string(i), 100, std::nullopt});
    requests[3].location = "bad";
    const auto answers = fetch_all(counting, requests, std::chrono::steady_clock::now() + 1min);
    REQUIRE(answers.size() == requests.size());
    REQUIRE(counting.most() == 4);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (i == 3) {
            REQUIRE(answers[i].error().reason == ReasonCode::dns_failed);
        } else {
            REQUIRE(as_text(answers[i]->body) == requests[i].location);
        }
    }
    REQUIRE(fetch_all(counting, {}, std::chrono::steady_clock::now() + 1min).empty());
}

TEST_CASE("after the deadline no fetch is begun") {
    Counting counting;
    const auto answers = fetch_all(counting, {{"1", 100, std::nullopt}, {"2", 100, std::nullopt}},
                                   std::chrono::steady_clock::now());
    REQUIRE(answers.size() == 2);
    for (const auto& answer : answers) CHECK(answer.error().reason == ReasonCode::timed_out);
    CHECK(counting.most() == 0);
}
