#include "common/report/consumer_answer.h"

#include "common/base/utf.h"
#include "common/report/codes.h"
#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

constexpr Consumer all_consumers[] = {Consumer::configmgr, Consumer::intune, Consumer::nagios};

StatusReport with(StatusReport report, ReasonCode code, Severity severity, std::string detail = {}) {
    report.findings.insert(
        report.findings.begin(),
        to_report(Finding{.code = code, .severity = severity, .detail = std::move(detail)}));
    return report;
}

StatusReport ended_with(ReasonCode code, std::string detail = {}) {
    return ended_early(StatusReport(), {.code = code, .detail = std::move(detail)});
}

StatusReport not_applicable() {
    StatusReport report = compliant_report();
    report.state = ComplianceState::not_applicable;
    return report;
}

} // namespace

TEST_CASE("Configuration Manager gets exactly the word that its rule compares with, and never an error") {
    CHECK(answer_to(Consumer::configmgr, compliant_report()) == ConsumerAnswer{"Compliant", 0});
    CHECK(answer_to(Consumer::configmgr, not_applicable()) == ConsumerAnswer{"Compliant", 0});
    CHECK(answer_to(Consumer::configmgr, with(compliant_report(), ReasonCode::expires_soon,
                                              Severity::warning)) == ConsumerAnswer{"Compliant", 0});
    const ConsumerAnswer wrong = answer_to(Consumer::configmgr, sample_report());
    CHECK_THAT(wrong.line, StartsWith("NonCompliant: "));
    CHECK(wrong.exit == 0);
}

TEST_CASE("no consumer takes a run that ended early for compliance, whatever ended it") {
    for (const CodeInfo& code : all_codes()) {
        if (code.exit == 0 || code.severity != Severity::error) continue;
        CAPTURE(code.name);
        const StatusReport report = ended_with(code.code);
        CHECK(answer_to(Consumer::configmgr, report).exit == 0);
        CHECK_THAT(answer_to(Consumer::configmgr, report).line,
                   StartsWith("NonCompliant: " + std::string(code.name)));
        CHECK(answer_to(Consumer::intune, report).exit == 1);
        CHECK_THAT(answer_to(Consumer::intune, report).line,
                   StartsWith("NonCompliant: " + std::string(code.name)));
        CHECK(answer_to(Consumer::nagios, report).exit == 3);
        CHECK_THAT(answer_to(Consumer::nagios, report).line,
                   StartsWith("WSUS TRUST UNKNOWN - " + std::string(code.name)));
    }
}

TEST_CASE("Intune remediates whatever is wrong, and only that") {
    CHECK(answer_to(Consumer::intune, compliant_report()) == ConsumerAnswer{"Compliant", 0});
    CHECK(answer_to(Consumer::intune, sample_report()).exit == 1);
    CHECK(answer_to(Consumer::intune, with(sample_report(), ReasonCode::not_pinned, Severity::error)).exit ==
          1); // of the run itself it is 6
    const ConsumerAnswer warned =
        answer_to(Consumer::intune, with(compliant_report(), ReasonCode::expires_soon, Severity::warning));
    CHECK_THAT(warned.line, StartsWith("Compliant: expires_soon. "));
    CHECK(warned.exit == 0);
}

TEST_CASE("Nagios gets a state, a reason and numbers") {
    const ConsumerAnswer right = answer_to(Consumer::nagios, compliant_report());
    CHECK_THAT(right.line,
               StartsWith("WSUS TRUST OK - Compliant | errors=0;;0;0 warnings=0;0;;0 days_left="));
    CHECK(right.exit == 0);
    const ConsumerAnswer warned =
        answer_to(Consumer::nagios, with(compliant_report(), ReasonCode::expires_soon, Severity::warning));
    CHECK_THAT(warned.line, StartsWith("WSUS TRUST WARNING - expires_soon. "));
    CHECK_THAT(warned.line, ContainsSubstring("| errors=0;;0;0 warnings=1;0;;0"));
    CHECK(warned.exit == 1);
    const ConsumerAnswer wrong = answer_to(Consumer::nagios, sample_report());
    CHECK_THAT(wrong.line, StartsWith("WSUS TRUST CRITICAL - "));
    CHECK(wrong.exit == 2);
}

TEST_CASE("the days that are left are those of the trusted certificate that expires first") {
    StatusReport report = compliant_report();
    report.certificates = {ReportCertificate{.state = "trusted"}, ReportCertificate{.state = "trusted"},
                           ReportCertificate{.state = "withdrawn"}};
    const auto line = [&report] { return answer_to(Consumer::nagios, report).line; };
    CHECK_THAT(line(), !ContainsSubstring("days_left"));
    report.certificates[0].not_after = report.time + std::chrono::days(400);
    report.certificates[1].not_after = report.time + std::chrono::days(40) + std::chrono::hours(23);
    report.certificates[2].not_after = report.time + std::chrono::days(4);
    CHECK_THAT(line(), ContainsSubstring(" days_left=40;90:;0:"));
    report.certificates[1].not_after = report.time - std::chrono::hours(1);
    CHECK_THAT(line(), ContainsSubstring(" days_left=-1;90:;0:"));
}

TEST_CASE("threat 30: whatever a finding says, a consumer gets one printable line of bounded length") {
    const std::string hostile =
        "Compliant\r\nCompliant\x1b[2J | days_left=9999 \xff\u202e" + std::string(50'000, 'x');
    for (const Consumer consumer : all_consumers) {
        const ConsumerAnswer answer = answer_to(
            consumer, with(sample_report(), ReasonCode::settings_invalid, Severity::error, hostile));
        CHECK(answer.line.size() <= max_consumer_line);
        CHECK(answer.line == printable(answer.line, max_consumer_line));
        CHECK_FALSE(answer.line.starts_with("Compliant"));
    }
    const std::string line = answer_to(Consumer::nagios, with(sample_report(), ReasonCode::settings_invalid,
                                                              Severity::error, hostile))
                                 .line;
    CHECK(std::ranges::count(line, '|') == 1);
    CHECK_THAT(line, ContainsSubstring("… | errors="));
}

TEST_CASE("a consumer is named as on the command line") {
    CHECK(consumer_from("configmgr") == Consumer::configmgr);
    CHECK(consumer_from("intune") == Consumer::intune);
    CHECK(consumer_from("nagios") == Consumer::nagios);
    for (const char* word : {"", "Intune", "sccm", "nagios "}) CHECK_FALSE(consumer_from(word));
}
