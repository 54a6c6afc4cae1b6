#include "agent/reporting/prometheus_sink.h"

#include "common/base/utf.h"
#include "tests/support/recording_uplink.h"
#include "tests/support/sample_report.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

using namespace wta;
using wta::test::some_deadline;

namespace {

std::string text_of(const OutgoingReport& report) {
    return exposition(report, origin_of(report.report, "PC-9"));
}

std::string text_of(const StatusReport& report) {
    return text_of({.id = "1", .json = "{}", .report = report});
}

} // namespace

TEST_CASE("a report is a set of gauges, each with its help and type") {
    StatusReport report = test::distrusted_report();
    const std::string text = text_of(
        {.id = "1", .json = "{}", .report = report, .last_success = Timestamp{std::chrono::seconds{7}}});
    CHECK(
        text ==
        R"(# HELP wsus_trust_agent_compliant Whether the last run found the endpoint as the settings ask for (1) or not (0).
# TYPE wsus_trust_agent_compliant gauge
wsus_trust_agent_compliant 0
# HELP wsus_trust_agent_info Which agent and settings the last run had, and on what it ran.
# TYPE wsus_trust_agent_info gauge
wsus_trust_agent_info{version="1.2.3",mode="",endpoint="PC-1",kind="live",settings=""} 1
# HELP wsus_trust_agent_last_run_timestamp_seconds When the last run was.
# TYPE wsus_trust_agent_last_run_timestamp_seconds gauge
wsus_trust_agent_last_run_timestamp_seconds 1780272000
# HELP wsus_trust_agent_last_success_timestamp_seconds When a run last found the endpoint as the settings ask for.
# TYPE wsus_trust_agent_last_success_timestamp_seconds gauge
wsus_trust_agent_last_success_timestamp_seconds 7
# HELP wsus_trust_agent_certificate_not_after_timestamp_seconds When a certificate of the settings expires.
# TYPE wsus_trust_agent_certificate_not_after_timestamp_seconds gauge
wsus_trust_agent_certificate_not_after_timestamp_seconds{sha256=")" +
            std::string(64, 'a') + R"(",thumbprint=")" + std::string(40, 'A') +
            R"(",subject="CN = WSUS Publishers Self-signed",state="distrusted"} 1906502400
# HELP wsus_trust_agent_finding How many findings of a code the last run had.
# TYPE wsus_trust_agent_finding gauge
wsus_trust_agent_finding{code="still_delivered_by_policy",severity="error"} 1
)");
}

TEST_CASE("what is not known is left out") {
    StatusReport report = test::compliant_report();
    report.in_desired_state.reset();
    report.certificates[0].not_after.reset();
    const std::string text = text_of(report);
    for (const char* name : {"_compliant", "_last_success", "_certificate", "_finding"})
        CHECK_FALSE(text.contains(std::string("wsus_trust_agent") + name));
    CHECK(text.contains("wsus_trust_agent_last_run_timestamp_seconds 1780272000\n"));
}

TEST_CASE("findings of one code are counted, and no series is there twice") {
    StatusReport report = test::sample_report();
    report.findings.push_back(report.findings[0]);
    report.certificates.push_back(report.certificates[0]);
    const std::string text = text_of(report);
    CHECK(
        text.contains("wsus_trust_agent_finding{code=\"not_in_trusted_publisher\",severity=\"error\"} 2\n"));
    const std::string series = "wsus_trust_agent_certificate_not_after_timestamp_seconds{";
    CHECK(text.find(series) == text.rfind(series));
}

TEST_CASE("backslashes and quotation marks are escaped in a label") {
    StatusReport report = test::distrusted_report();
    report.endpoint_name = R"(a"b\c)";
    CHECK(text_of(report).contains(R"(endpoint="a\"b\\c",)"));
}

TEST_CASE("threat 30: no text of a report adds a line, whatever it is") {
    const std::string evil = GENERATE(std::string("\"} 1\nevil 1\n"), std::string("\0\x1b[31m\r", 7),
                                      std::string("\xE2\x80\xAE\xC0\x80\xFF"), std::string(50'000, '"'));
    StatusReport report = test::sample_report();
    const auto lines = std::ranges::count(text_of(report), '\n');
    report.endpoint_name = report.agent_version = report.mode = report.settings_digest = evil;
    for (ReportCertificate& each : report.certificates) each.subject = each.state = each.sha256 = evil;
    for (ReportFinding& each : report.findings) each.code += evil;
    const std::string text = text_of(report);
    CHECK(std::ranges::count(text, '\n') == lines);
    CHECK(is_valid_utf8(text));
    CHECK(text.size() < 12'000);
    CHECK(std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' ' && c != '\n'; }));
}

TEST_CASE("the newest report takes the place of the one before, in one step and for everybody") {
    const test::ScratchFolder scratch;
    const std::filesystem::path file = scratch.path() / "agent.prom";
    const std::u8string path = file.u8string();
    PrometheusSink sink({path.begin(), path.end()}, "PC-9");
    for (const StatusReport& report : {test::sample_report(), test::compliant_report()}) {
        CHECK(sink.deliver({.id = "1", .json = "{}", .report = report}, some_deadline) == Delivery{});
        CHECK(as_text(test::read_bytes(file)) == text_of(report));
    }
    CHECK(sink.test({.id = "1", .json = "{}", .report = test::sample_report()}, some_deadline) == Delivery{});
    CHECK(as_text(test::read_bytes(file)) == text_of(test::compliant_report()));
    CHECK(scratch.names() == std::vector<std::string>{"agent.prom"});
    CHECK(sink.name() == "prometheus");
    CHECK(sink.keeps() == Sink::Keeps::latest_run);
}
