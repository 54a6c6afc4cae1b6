#include "agent/reporting/syslog_sink.h"

#include "common/base/utf.h"
#include "tests/support/recording_uplink.h"
#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

using namespace wta;
using wta::test::RecordingUplink;
using wta::test::some_deadline;

namespace {

// Every free text of the report is this one.
StatusReport saying(const std::string& text) {
    StatusReport report = test::sample_report();
    report.run_id = report.command = report.endpoint_kind = report.endpoint_name = text;
    report.agent_version = report.settings_digest = text;
    for (ReportFinding& finding : report.findings) finding.code = text;
    for (ReportCertificate& certificate : report.certificates) certificate.sha256 = text;
    return report;
}

} // namespace

TEST_CASE("a report is one message of RFC 5424") {
    CHECK(syslog_message(test::distrusted_report(), "PC-9") ==
          "<131>1 2026-06-01T00:00:00Z PC-1 wsus-trust-agent - distrust "
          "[wsusTrustAgent@32473 runId=\"019303f0-0000-7000-8000-000000000000\" endpoint=\"PC-1\" "
          "kind=\"live\" "
          "state=\"Unknown\" exitCode=\"8\" reasons=\"still_delivered_by_policy\" certificates=\"" +
              std::string(64, 'a') +
              " 2030-06-01T00:00:00Z\" agentVersion=\"1.2.3\" settings=\"\"] "
              "StillTrusted: still_delivered_by_policy");
}

TEST_CASE("the severity of a message is that of the worst finding") {
    StatusReport report = test::sample_report();
    CHECK(syslog_message(report, "").starts_with("<131>1 "));
    report.findings.erase(report.findings.begin(), report.findings.begin() + 2);
    CHECK(syslog_message(report, "").starts_with("<132>1 "));
    report.findings.clear();
    CHECK(syslog_message(report, "").starts_with("<134>1 "));
}

TEST_CASE("a message about an image comes from the computer, and names are visible ASCII") {
    const StatusReport image = test::sample_report();
    CHECK(syslog_message(image, "PC-9").contains("Z PC-9 wsus-trust-agent - repair ["));
    CHECK(syslog_message(image, "").contains("Z - wsus-trust-agent - repair ["));
    CHECK(syslog_message(image, "a b\r\n\xC3\xA4").contains("Z a_b____ wsus-trust-agent - repair ["));
    CHECK(syslog_message(image, std::string(300, 'x')).contains("Z " + std::string(255, 'x') + " wsus"));
    StatusReport report = image;
    report.command = std::string(40, 'c');
    CHECK(syslog_message(report, "").contains(" - " + std::string(32, 'c') + " ["));
    report.command.clear();
    CHECK(syslog_message(report, "").contains(" wsus-trust-agent - - ["));
}

TEST_CASE("quotation marks, backslashes and brackets are escaped in a parameter") {
    StatusReport report = test::sample_report();
    report.endpoint_name = R"(a"b\c]d[e)";
    CHECK(syslog_message(report, "").contains(R"( endpoint="a\"b\\c\]d[e" )"));
}

TEST_CASE("a byte order mark stands before a sentence that is not plain ASCII, and nowhere else") {
    StatusReport report = test::sample_report();
    CHECK_FALSE(syslog_message(report, "").contains("\xEF\xBB\xBF"));
    report.findings[0].code = "\xC3\xA4";
    CHECK(syslog_message(report, "").contains("] \xEF\xBB\xBFNonCompliant: \xC3\xA4, "));
}

TEST_CASE("lists are cut after whole items") {
    StatusReport report = test::compliant_report();
    report.certificates.resize(1'000, report.certificates[0]);
    const std::string message = syslog_message(report, "");
    const std::size_t first = message.find("certificates=\"") + 14;
    const std::string list = message.substr(first, message.find('"', first) - first);
    CHECK(list.ends_with("Z,…"));
    CHECK(list.size() <= 1'600);
    CHECK(std::ranges::count(list, ',') >= 10);
}

TEST_CASE("threat 30: a message is one line of UTF-8 of at most 8 KiB, whatever the report holds") {
    const std::string evil =
        GENERATE(std::string("a\r\n<0>1 - - - - - -\n"), std::string("\0\x1b[31m\x9b", 7),
                 std::string("\xE2\x80\xAE\xC0\x80\xFF"), std::string(50'000, '"'),
                 std::string(50'000, '\xFF'), std::string(50'000, ']'), std::string("] x=\"\\"));
    StatusReport report = saying(evil);
    report.findings.resize(100, report.findings[0]);
    for (std::size_t i = 0; i < report.findings.size(); ++i) report.findings[i].code += std::to_string(i);
    report.certificates.resize(500, report.certificates[0]);
    const std::string message = syslog_message(report, evil);
    CHECK(message.size() <= max_syslog_message);
    CHECK(is_valid_utf8(message));
    CHECK(std::ranges::none_of(message, [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; }));
}

TEST_CASE("a frame counts bytes") {
    CHECK(syslog_frame("") == "0 ");
    CHECK(syslog_frame("\xC3\xA4") == "2 \xC3\xA4");
}

TEST_CASE("a message is sent to its receiver in one frame") {
    const auto uplink = std::make_shared<RecordingUplink>();
    const OutgoingReport report{.id = "1", .json = "{}", .report = test::sample_report()};
    SyslogSink sink({"logs.example.com", "6514"}, "PC-9", uplink);
    CHECK(sink.deliver(report, some_deadline) == Delivery{});
    CHECK(uplink->addresses == std::vector<TlsAddress>{{"logs.example.com", "6514"}});
    CHECK(uplink->sent == std::vector{syslog_frame(syslog_message(report.report, "PC-9"))});
    CHECK(uplink->deadlines == std::vector{some_deadline});
    CHECK(sink.test(report, some_deadline) == Delivery{});
    CHECK(uplink->sent[1] == uplink->sent[0]);
    CHECK(sink.name() == "syslog");
    CHECK(sink.keeps() == Sink::Keeps::every_report);
    CHECK(sink.target() == "logs.example.com:6514");
    CHECK(SyslogSink({"::1", "6514"}, "", uplink).target() == "[::1]:6514");
}

TEST_CASE("a message that could not be sent is for later, with the reason") {
    const auto uplink = std::make_shared<RecordingUplink>();
    uplink->fail("reset by the server\n");
    CHECK(SyslogSink({"logs.example.com", "6514"}, "PC-9", uplink)
              .deliver({.id = "1", .json = "{}", .report = test::sample_report()}, some_deadline) ==
          Delivery{.kind = Delivery::Kind::later, .detail = R"(reset by the server\x0A)"});
}
