#include "agent/reporting/otlp_sink.h"

#include "common/report/json_text.h"
#include "common/report/report_json.h"
#include "tests/support/recording_uplink.h"
#include "tests/support/sample_report.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace wta;
using Kind = Delivery::Kind;
using wta::test::RecordingUplink;
using wta::test::some_deadline;
namespace json = boost::json;

namespace {

OutgoingReport outgoing(const StatusReport& report) {
    return {.id = report.run_id, .json = to_compact_text(to_json(report)), .report = report};
}

Delivery delivered(const std::shared_ptr<RecordingUplink>& uplink,
                   const StatusReport& report = test::sample_report()) {
    return OtlpSink("https://collector.example.com:4318", "PC-1", uplink)
        .deliver(outgoing(report), some_deadline);
}

json::value record_of(const StatusReport& report) {
    const json::value body = json::parse(otlp_logs(outgoing(report), origin_of(report, "PC-1")));
    return body.at_pointer("/resourceLogs/0/scopeLogs/0/logRecords/0");
}

json::value metrics_of(const OutgoingReport& report) {
    const json::value body = json::parse(otlp_metrics(report, origin_of(report.report, "PC-1")));
    return body.at_pointer("/resourceMetrics/0/scopeMetrics/0/metrics");
}

} // namespace

TEST_CASE("logs go first, then metrics, each to its path") {
    const auto uplink = std::make_shared<RecordingUplink>();
    CHECK(delivered(uplink) == Delivery{});
    REQUIRE(uplink->posts.size() == 2);
    CHECK(uplink->posts[0].url == "https://collector.example.com:4318/v1/logs");
    CHECK(uplink->posts[1].url == "https://collector.example.com:4318/v1/metrics");
    for (const PostRequest& post : uplink->posts)
        CHECK(post.fields == std::vector<PostField>{{"content-type", "application/json"}});
    CHECK(uplink->deadlines == std::vector{some_deadline, some_deadline});
    OtlpSink sink("https://collector.example.com:4318", "PC-1", uplink);
    CHECK(sink.name() == "otlp");
    CHECK(sink.keeps() == Sink::Keeps::every_report);
    CHECK(sink.test(outgoing(test::sample_report()), some_deadline) == Delivery{});
}

TEST_CASE("a record is as severe as the worst finding") {
    StatusReport report = test::sample_report();
    CHECK(record_of(report).at("severityNumber") == 17);
    report.findings.erase(report.findings.begin(), report.findings.begin() + 2);
    CHECK(record_of(report).at("severityNumber") == 13);
    CHECK(record_of(report).at("severityText") == "WARN");
    CHECK(record_of(test::compliant_report()).at("severityNumber") == 9);
}

TEST_CASE("times before 1970 and beyond 64 bits of nanoseconds are moved to the nearest end") {
    StatusReport report = test::compliant_report();
    report.time = Timestamp{std::chrono::seconds{-1}};
    CHECK(record_of(report).at("timeUnixNano") == "0");
    report.time = Timestamp{std::chrono::seconds{253'402'300'799}}; // the end of the year 9999
    CHECK(record_of(report).at("timeUnixNano") == "18446744073000000000");
}

TEST_CASE("what was not observed is not measured") {
    StatusReport report = test::sample_report();
    report.in_desired_state.reset();
    OutgoingReport sent = outgoing(report);
    CHECK(metrics_of(sent).as_array().size() == 1);
    CHECK(metrics_of(sent).at(0).at("name") == "wsus_trust_agent.certificate.expiry");
    sent.last_success = report.time;
    CHECK(metrics_of(sent).at(1).at("name") == "wsus_trust_agent.last_success");

    report.certificates.clear();
    const auto uplink = std::make_shared<RecordingUplink>();
    CHECK(delivered(uplink, report) == Delivery{});
    CHECK(uplink->posts.size() == 1);
}

TEST_CASE("a certificate that has expired counts below zero") {
    StatusReport report = test::compliant_report();
    report.time = *report.certificates[0].not_after + std::chrono::seconds{7};
    CHECK(metrics_of(outgoing(report)).at_pointer("/1/gauge/dataPoints/0/asInt") == "-7");
}

TEST_CASE("only 429, 502, 503 and 504 are tried again, as long as the receiver wishes") {
    for (const unsigned status : {429U, 502U, 503U, 504U}) {
        const Delivery came = judge_otlp_answer({.status = status, .retry_after = std::chrono::seconds{9}});
        CHECK(came.kind == Kind::later);
        CHECK(came.retry_after == std::chrono::seconds{9});
    }
    for (const unsigned status : {301U, 302U, 400U, 401U, 403U, 404U, 408U, 413U, 500U, 501U, 505U})
        CHECK(judge_otlp_answer({.status = status}).kind == Kind::refused);
    for (const unsigned status : {200U, 202U, 204U})
        CHECK(judge_otlp_answer({.status = status}) == Delivery{});
}

TEST_CASE("a partial success that rejects anything is a refusal, with its message") {
    for (const std::string_view rejected :
         {R"("rejectedLogRecords":"1")", R"("rejectedLogRecords":1)", R"("rejectedDataPoints":"10")",
          R"("rejectedDataPoints":2)", R"("rejectedDataPoints":1.0)"}) {
        const std::string body =
            R"({"partialSuccess":{)" + std::string(rejected) + R"(,"errorMessage":"too\nold"}})";
        const Delivery came = judge_otlp_answer({.status = 200, .body = body});
        CHECK(came.kind == Kind::refused);
        CHECK(came.detail.contains(R"(too\x0Aold)"));
    }
}

TEST_CASE("a partial success that rejects nothing is a success, and its message a warning") {
    const Delivery came = judge_otlp_answer(
        {.status = 200,
         .body = R"({"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"old format"}})"});
    CHECK(came.kind == Kind::delivered);
    CHECK(came.detail.contains("old format"));
    for (const char* body :
         {"", "{}", "[]", "null", "not JSON", R"({"partialSuccess":{}})", R"({"partialSuccess":[]})",
          R"({"partialSuccess":{"rejectedLogRecords":"0","rejectedDataPoints":0}})",
          R"({"partialSuccess":{"rejectedLogRecords":null,"errorMessage":7}})"})
        CHECK(judge_otlp_answer({.status = 200, .body = body}) == Delivery{});
    CHECK(judge_otlp_answer({.status = 200, .body = std::string(100'000, '[')}) == Delivery{});
}

TEST_CASE("logs that are to be tried later keep the metrics back") {
    const auto uplink = std::make_shared<RecordingUplink>();
    uplink->answer({.status = 503, .retry_after = std::chrono::seconds{30}});
    const Delivery came = delivered(uplink);
    CHECK(came.kind == Kind::later);
    CHECK(came.retry_after == std::chrono::seconds{30});
    CHECK(came.detail.starts_with("/v1/logs: "));
    CHECK(uplink->posts.size() == 1);
}

TEST_CASE("logs that were taken come again with metrics that are to be tried later") {
    const auto uplink = std::make_shared<RecordingUplink>();
    uplink->answer({.status = 200});
    uplink->answer({.status = 429, .retry_after = std::chrono::seconds{30}});
    const Delivery came = delivered(uplink);
    CHECK(came.kind == Kind::later);
    CHECK(came.retry_after == std::chrono::seconds{30});
    CHECK(came.detail.starts_with("/v1/metrics: "));
}

TEST_CASE("a receiver of metrics alone gets them, and the refusal of logs is told") {
    const auto uplink = std::make_shared<RecordingUplink>();
    uplink->answer({.status = 404});
    const Delivery came = delivered(uplink);
    CHECK(uplink->posts.size() == 2);
    CHECK(came.kind == Kind::refused);
    CHECK(came.detail.starts_with("/v1/logs: "));

    const auto logs_only = std::make_shared<RecordingUplink>();
    logs_only->answer({.status = 200});
    logs_only->answer({.status = 404, .body = "no \x1b[31mpipeline"});
    const Delivery other = delivered(logs_only);
    CHECK(other.kind == Kind::refused);
    CHECK(other.detail.starts_with("/v1/metrics: "));
    CHECK(other.detail.contains(R"(no \x1B[31mpipeline)"));
}

TEST_CASE("a collector that cannot be reached is for later") {
    const auto uplink = std::make_shared<RecordingUplink>();
    uplink->fail("no answer");
    CHECK(delivered(uplink) == Delivery{.kind = Kind::later, .detail = "/v1/logs: no answer"});
}

TEST_CASE("threat 30: a document is valid JSON whatever the report holds") {
    StatusReport report = test::sample_report();
    const std::string evil = "\xFF\xC0\x80\r\n\"}]\\" + std::string(50'000, 'x');
    report.endpoint_name = report.certificates[0].subject = report.findings[0].code = evil;
    OutgoingReport sent = outgoing(report);
    sent.json = "{\"a\":\"\xFF\"}";
    const json::value logs = json::parse(otlp_logs(sent, origin_of(report, "")));
    const std::string text = to_compact_text(logs);
    CHECK(text.size() < 40'000);
    CHECK_FALSE(text.contains('\xFF'));
    CHECK(text.contains(R"({\"a\":\"\\xFF\"})"));
    CHECK(metrics_of(sent).is_array());
}

TEST_CASE("an endpoint is the same instance in every report, and no other's") {
    const auto instance = [](const StatusReport& report, const std::string& computer) {
        const json::value body = json::parse(otlp_logs(outgoing(report), origin_of(report, computer)));
        return json::value_to<std::string>(
            body.at_pointer("/resourceLogs/0/resource/attributes/2/value/stringValue"));
    };
    StatusReport other = test::distrusted_report();
    other.endpoint_name = "PC-2";
    CHECK(instance(test::distrusted_report(), "A") == instance(test::distrusted_report(), "B"));
    CHECK(instance(test::distrusted_report(), "A") != instance(other, "A"));
    CHECK(instance(test::distrusted_report(), "A") == "d27c2610-3614-5731-9c49-1bb6448dc149");
}
