#include "agent/transport/post_request.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* place = "https://collector.example.com/in";

Error refusal(const PostRequest& request) { return check_post(request).error(); }

} // namespace

TEST_CASE("a request says what it must, then its fields, then how long its body is") {
    const PostRequest request{"https://Collector.example.com:8443/in?x=1",
                              {{"Content-Type", "application/json"}, {"X-Empty", ""}},
                              "{\"a\":\r\n1}",
                              std::nullopt};
    const auto url = check_post(request);
    REQUIRE(url.has_value());
    CHECK(post_request(*url, request, "agent/1") == "POST /in?x=1 HTTP/1.1\r\n"
                                                    "Host: collector.example.com:8443\r\n"
                                                    "User-Agent: agent/1\r\n"
                                                    "Accept: */*\r\n"
                                                    "Accept-Encoding: identity\r\n"
                                                    "Content-Type: application/json\r\n"
                                                    "X-Empty: \r\n"
                                                    "Content-Length: 9\r\n"
                                                    "Connection: close\r\n"
                                                    "\r\n"
                                                    "{\"a\":\r\n1}");
}

TEST_CASE("plain http is for this machine only") {
    CHECK(check_post({.url = GENERATE("http://localhost/", "http://LOCALHOST.:4318/x", "http://127.0.0.1:1/",
                                      "http://127.255.255.254/", "http://[::1]:4318/", "http://[0:0::1]/")}));
    const auto refused =
        refusal({.url = GENERATE("http://collector.example.com/", "http://localhost.example.com/",
                                 "http://10.0.0.1/", "http://128.0.0.1/", "http://[::2]/",
                                 "http://[::ffff:192.0.2.1]/", "http://0.0.0.0/", "http://localhosts/")});
    CHECK(refused.reason == ReasonCode::source_not_supported);
    CHECK_THAT(refused.message, ContainsSubstring("over TLS only") && ContainsSubstring("https://"));
}

TEST_CASE("a URL that a fetch would not take is not posted to") {
    const auto* url =
        GENERATE("ftp://localhost/", "https://", "https://user:secret@collector.example.com/",
                 "https://collector.example.com/#x", "http://127.0.0.1.example.com/", "/in", "");
    CHECK(refusal({.url = url}).reason == ReasonCode::source_not_supported);
    CHECK_THAT(refusal({.url = url}).message, !ContainsSubstring("secret"));
}

TEST_CASE("a field that would say more than its name and its value is not sent") {
    const PostField field =
        GENERATE(PostField{"", "x"}, PostField{"A B", "x"}, PostField{"A:", "x"}, PostField{"A\r\nB", "x"},
                 PostField{"\xC3\xA4", "x"}, PostField{"A", "secret\r\nX: y"}, PostField{"A", "secret\nX: y"},
                 PostField{"A", "secret\r"}, PostField{"A", std::string("secret\0", 7)},
                 PostField{"A", "secret\t"}, PostField{"A", "secret \xC3\xA4"}, PostField{"A", "secret\x7F"},
                 PostField{"A", " secret"}, PostField{"A", "secret "});
    const auto error = refusal({.url = place, .fields = {field}});
    CHECK(error.code == ErrorCode::invalid);
    CHECK_THAT(error.message, !ContainsSubstring("secret") && !ContainsSubstring("\n"));
}

TEST_CASE("a field that every request has, or that decides where it ends, is not said twice") {
    const auto* name = GENERATE("Host", "user-agent", "Accept", "ACCEPT-ENCODING", "Content-Length",
                                "connection", "Transfer-Encoding", "Expect", "Upgrade");
    CHECK(refusal({.url = place, .fields = {{name, "x"}}}).code == ErrorCode::invalid);
    CHECK(check_post(
        {.url = place, .fields = {{"Authorization", "Bearer abc.DEF-123~+/="}, {"ce-id", "1 2"}}}));
}
