#include "agent/transport/http_rules.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;

namespace {

using Fields = std::vector<HeaderField>;

const Asked over_tls{true, false, false, 100};

ResponseHead head(unsigned status, Fields fields = {}, unsigned version = 11) {
    return {version, status, "Words", std::move(fields)};
}

ReasonCode refusal(const ResponseHead& answer, const Asked& asked = over_tls) {
    const auto verdict = judge(answer, asked);
    REQUIRE_FALSE(verdict.has_value());
    return verdict.error().reason.value();
}

HttpUrl url(std::string_view text) { return parse_http_url(text).value(); }

} // namespace

TEST_CASE("a 200 with a length, in chunks, or over TLS without either has a body") {
    REQUIRE(judge(head(200, {{"content-length", "100"}}), over_tls).value() == HeadVerdict{BodyFollows{100}});
    REQUIRE(judge(head(200, {{"Content-Length", "0"}}), over_tls).value() == HeadVerdict{BodyFollows{0}});
    REQUIRE(judge(head(200, {{"Transfer-Encoding", "Chunked"}}), over_tls).value() ==
            HeadVerdict{BodyFollows{}});
    REQUIRE(judge(head(200), over_tls).value() == HeadVerdict{BodyFollows{}});
}

TEST_CASE("over plain http a body needs a length or chunks") {
    const Asked plain{false, false, false, 100};
    REQUIRE(refusal(head(200), plain) == ReasonCode::truncated);
    REQUIRE(judge(head(200, {{"Content-Length", "5"}}), plain).has_value());
    REQUIRE(judge(head(200, {{"Transfer-Encoding", "chunked"}}), plain).has_value());
}

TEST_CASE("a length above the limit is refused before the body") {
    REQUIRE(refusal(head(200, {{"Content-Length", "101"}})) == ReasonCode::body_too_large);
    REQUIRE(refusal(head(200, {{"Content-Length", "10737418240"}})) == ReasonCode::body_too_large);
}

TEST_CASE("where an answer ends must be unambiguous") {
    const auto fields = GENERATE(Fields{{"Content-Length", "1"}, {"Content-Length", "1"}},
                                 Fields{{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}},
                                 Fields{{"Transfer-Encoding", "identity"}, {"Content-Length", "1"}},
                                 Fields{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
                                 Fields{{"Content-Length", "-1"}}, Fields{{"Content-Length", "+1"}},
                                 Fields{{"Content-Length", "1, 1"}}, Fields{{"Content-Length", ""}},
                                 Fields{{"Content-Length", "18446744073709551616"}});
    REQUIRE(refusal(head(200, fields)) == ReasonCode::http_malformed);
}

TEST_CASE("HTTP/1.0 has no transfer encodings") {
    REQUIRE(refusal(head(200, {{"Transfer-Encoding", "chunked"}}, 10)) == ReasonCode::http_malformed);
}

TEST_CASE("control characters in headers are malformed") {
    REQUIRE(refusal(head(200, {{"X", std::string("a\0b", 3)}})) == ReasonCode::http_malformed);
    REQUIRE(refusal(head(200, {{"X", "a\x1B[2J"}})) == ReasonCode::http_malformed);
    REQUIRE(refusal(head(404, {{"X", "a\x7F"}})) == ReasonCode::http_malformed);
    REQUIRE(judge(head(200, {{"X", "a\tb"}, {"Content-Length", "1"}}), over_tls).has_value());
}

TEST_CASE("nothing is decoded") {
    const auto fields =
        GENERATE(Fields{{"Content-Encoding", "gzip"}}, Fields{{"content-encoding", "br"}},
                 Fields{{"Content-Encoding", "identity"}, {"Content-Encoding", "zstd"}},
                 Fields{{"Content-Encoding", "identity, gzip"}},
                 Fields{{"Transfer-Encoding", "gzip, chunked"}}, Fields{{"Transfer-Encoding", "gzip"}});
    REQUIRE(refusal(head(200, fields)) == ReasonCode::body_encoded);
}

TEST_CASE("304 answers a condition and nothing else") {
    REQUIRE(judge(head(304), {true, true, false, 100}).value() == HeadVerdict{NotModified{}});
    REQUIRE(refusal(head(304)) == ReasonCode::http_malformed);
}

TEST_CASE("a redirect names exactly one target") {
    const auto status = GENERATE(301U, 302U, 303U, 307U, 308U);
    REQUIRE(judge(head(status, {{"Location", "/x"}}), over_tls).value() == HeadVerdict{RedirectTo{"/x"}});
    REQUIRE(refusal(head(status)) == ReasonCode::redirect_refused);
    REQUIRE(refusal(head(status, {{"Location", "/x"}, {"location", "/y"}})) == ReasonCode::redirect_refused);
}

TEST_CASE("a demand for a log-on has its own reason and names the scheme") {
    const auto verdict = judge(
        head(401, {{"WWW-Authenticate", "Negotiate"}, {"WWW-Authenticate", "Basic realm=x"}}), over_tls);
    REQUIRE(verdict.error().reason == ReasonCode::authentication_required);
    REQUIRE(verdict.error().message.find("Negotiate, Basic") != std::string::npos);
    REQUIRE(refusal(head(407), {false, false, true, 100}) == ReasonCode::proxy_authentication_required);
    REQUIRE(refusal(head(407)) == ReasonCode::http_status);
}

TEST_CASE("every other status is http_status with its number") {
    const auto status = GENERATE(201U, 204U, 206U, 300U, 305U, 400U, 403U, 404U, 500U, 999U);
    const auto verdict = judge(head(status, {{"Content-Encoding", "gzip"}}), over_tls);
    REQUIRE(verdict.error().reason == ReasonCode::http_status);
    REQUIRE(verdict.error().message.find(std::to_string(status)) != std::string::npos);
}

TEST_CASE("a reason phrase cannot write to a terminal") {
    auto answer = head(500);
    answer.reason = "a\x1B[2J\r\nb";
    const auto verdict = judge(answer, over_tls);
    REQUIRE(verdict.error().message.find_first_of("\x1B\r\n") == std::string::npos);
}

TEST_CASE("only 200 opens a tunnel") {
    REQUIRE(judge_tunnel(head(200)).has_value());
    REQUIRE(judge_tunnel(head(407)).error().reason == ReasonCode::proxy_authentication_required);
    const auto status = GENERATE(204U, 302U, 401U, 403U, 502U);
    REQUIRE(judge_tunnel(head(status)).error().reason == ReasonCode::proxy_failed);
}

TEST_CASE("an entity tag is a quoted ASCII token of at most 256 bytes") {
    REQUIRE(is_entity_tag("\"abc\""));
    REQUIRE(is_entity_tag("W/\"abc-1:2\""));
    REQUIRE(is_entity_tag("\"\""));
    REQUIRE(is_entity_tag("\"" + std::string(254, 'x') + "\""));
    const std::string bad =
        GENERATE(as<std::string>{}, "", "abc", "\"", "w/\"abc\"", "\"a\"b\"", "\"a b\"", "\"a\r\nX: y\"",
                 "\"\xC3\xA4\"", "\"a\x7F\"", "\"" + std::string(255, 'x') + "\"");
    CAPTURE(bad);
    REQUIRE_FALSE(is_entity_tag(bad));
    REQUIRE(entity_tag(head(200, {{"ETag", bad}})) == std::nullopt);
}

TEST_CASE("two entity tags are none") {
    REQUIRE(entity_tag(head(200, {{"etag", "\"a\""}})) == "\"a\"");
    REQUIRE(entity_tag(head(200, {{"ETag", "\"a\""}, {"ETag", "\"a\""}})) == std::nullopt);
}

TEST_CASE("a request is what it must be and no more") {
    REQUIRE(get_request(url("https://a.example/x?y"), {"agent/1", std::nullopt, false}) ==
            "GET /x?y HTTP/1.1\r\nHost: a.example\r\nUser-Agent: agent/1\r\nAccept: */*\r\nAccept-Encoding: "
            "identity\r\n"
            "Connection: close\r\n\r\n");
    REQUIRE(get_request(url("http://a.example:81/x"), {"", "\"tag\"", true}) ==
            "GET http://a.example:81/x HTTP/1.1\r\nHost: a.example:81\r\nAccept: */*\r\nAccept-Encoding: "
            "identity\r\n"
            "If-None-Match: \"tag\"\r\nConnection: close\r\n\r\n");
    REQUIRE(connect_request(url("https://[::1]/x"), "agent/1") ==
            "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nUser-Agent: agent/1\r\n\r\n");
}

TEST_CASE("an entity tag that would break the request is not sent") {
    const auto request = get_request(url("https://a.example/x"), {"agent/1", "\"a\"\r\nX: y", false});
    REQUIRE(request.find("If-None-Match") == std::string::npos);
    REQUIRE(request.find("X: y") == std::string::npos);
}

TEST_CASE("an answer to a POST has a body, whatever its status, but where HTTP knows none") {
    const auto status = GENERATE(200U, 201U, 202U, 302U, 400U, 401U, 407U, 413U, 429U, 500U, 503U, 999U);
    CHECK(judge_answer_body(head(status), 100) == true);
    CHECK(judge_answer_body(head(status, {{"Content-Length", "100"}}), 100) == true);
    CHECK(judge_answer_body(head(status, {{"Transfer-Encoding", "chunked"}}), 100) == true);
    CHECK(judge_answer_body(head(GENERATE(204U, 205U, 304U), {{"Content-Length", "101"}}), 100) == false);
}

TEST_CASE(
    "the body of an answer to a POST is not read where it is encoded, and refused where it is too long") {
    CHECK(judge_answer_body(head(500, {{"Content-Encoding", "gzip"}, {"Content-Length", "101"}}), 100) ==
          false);
    CHECK(judge_answer_body(head(500, {{"Transfer-Encoding", "gzip, chunked"}}), 100) == false);
    CHECK(judge_answer_body(head(500, {{"Content-Encoding", "identity"}}), 100) == true);
    CHECK(judge_answer_body(head(500, {{"Content-Length", "101"}}), 100).error().reason ==
          ReasonCode::body_too_large);
}

TEST_CASE("an answer to a POST whose end is ambiguous is malformed") {
    const Fields fields = GENERATE(
        Fields{{"Content-Length", "1"}, {"Content-Length", "1"}}, Fields{{"Content-Length", "x"}},
        Fields{{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}},
        Fields{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, Fields{{"X", "\x01"}});
    CHECK(judge_answer_body(head(200, fields), 100).error().reason == ReasonCode::http_malformed);
}

TEST_CASE("a number below 100 is the status of no answer to a POST") {
    const auto answer = judge_answer_body(head(GENERATE(0U, 4U, 99U)), 100);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().reason == ReasonCode::http_malformed);
    CHECK(answer.error().message.contains("a status of 0"));
}

TEST_CASE("of a field that is there twice no value counts") {
    CHECK(only_value(head(503, {{"retry-after", "1"}}), "Retry-After") == "1");
    CHECK(only_value(head(503, {{"Retry-After", "1"}, {"Retry-After", "1"}}), "Retry-After") == std::nullopt);
    CHECK(only_value(head(503), "Retry-After") == std::nullopt);
}
