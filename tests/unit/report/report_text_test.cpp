#include "common/report/report_text.h"

#include "tests/support/golden.h"
#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>
#include <sstream>

using namespace wta;

namespace {

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, columns(line));
    return widest;
}

} // namespace

TEST_CASE("the table of a report is what it was") {
    CHECK(test::golden_difference("sample-100.txt", to_text(test::sample_report(), {})).empty());
    CHECK(test::golden_difference("sample-50.txt", to_text(test::sample_report(), {.width = 50})).empty());
    CHECK(test::golden_difference("compliant-80.txt", to_text(test::compliant_report(), {.width = 80}))
              .empty());
    CHECK(test::golden_difference("distrusted-100.txt", to_text(test::distrusted_report(), {})).empty());
}

TEST_CASE("what an undo took away is not called trusted when its report is shown later") {
    StatusReport report;
    report.command = "undo";
    report.in_desired_state = true;
    CHECK(outcome_word(report) == "Undone");
    report.in_desired_state = false;
    CHECK(outcome_word(report) == "NotUndone");
    CHECK(to_text(report, {}).contains("is still trusted here"));
    report.findings.push_back(to_report(Finding{.code = ReasonCode::undone}));
    CHECK(outcome_word(report) == "Undone");
    CHECK(to_text(report, {}).contains("What the agent had added was taken away."));
}

TEST_CASE("a distrust says that not all was done, also where nothing trusts the certificate") {
    StatusReport report;
    report.command = "distrust";
    report.in_desired_state = true;
    CHECK(to_text(report, {}).contains("Nothing on this machine trusts it any more. Exit code 0."));
    report.findings.push_back(to_report(Finding{.code = ReasonCode::access_denied}));
    ReportChange change;
    change.action = "writeTombstone";
    change.outcome = Outcome::not_tried;
    report.changes.push_back(change);
    CHECK(to_text(report, {}).contains("but not all could be done. Exit code 5."));
    CHECK(to_text(report, {}).contains("not tried: remember as distrusted"));
}

TEST_CASE("no line is wider than the terminal, whatever its width") {
    for (std::size_t width = 20; width <= 160; ++width)
        for (const StatusReport& report :
             {test::sample_report(), test::compliant_report(), test::distrusted_report()}) {
            INFO("width " << width);
            CHECK(widest_line(to_text(report, {.width = width})) <= width);
        }
}

TEST_CASE("colour is only there when it is asked for") {
    CHECK(to_text(test::sample_report(), {}).find('\x1b') == std::string::npos);
    CHECK(to_text(test::sample_report(), {.color = true}).find("\x1b[31m") != std::string::npos);
}

TEST_CASE("a hostile subject cannot write to a terminal") {
    StatusReport report = test::sample_report();
    report.findings[0].subject = "\x1b[2J\u202e";
    const std::string text = to_text(report, {});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\u202e") == std::string::npos);
}

TEST_CASE("every finding is in the table with its code and its remedy") {
    const std::string text = to_text(test::sample_report(), {.width = 10'000});
    for (const ReportFinding& finding : test::sample_report().findings) {
        CHECK(text.find("[" + finding.code + "]") != std::string::npos);
        CHECK(text.find(finding.remedy) != std::string::npos);
    }
}

TEST_CASE("one line says the state and each reason once") {
    StatusReport report = test::sample_report();
    report.findings.push_back(report.findings[0]);
    CHECK(to_line(report) == "NonCompliant: not_in_trusted_publisher, policy_wrong_type, tls_host_mismatch");
    CHECK(to_line(test::compliant_report()) == "Compliant: no findings");
    StatusReport undone = test::compliant_report();
    undone.command = "undo";
    CHECK(to_line(undone) == "Undone: no findings");
    undone.in_desired_state = false;
    CHECK(to_line(undone) == "NotUndone: no findings");
}

TEST_CASE("who owns what a finding is about is named as administrators know it") {
    StatusReport report = test::sample_report();
    CHECK_FALSE(to_text(report, {}).contains("Owner"));
    report.findings[0].owner = "domainGroupPolicy";
    CHECK(to_text(report, {.width = 10'000}).contains("Owner: domain Group Policy."));
    report.findings[0].owner = "unknown";
    CHECK(to_text(report, {.width = 10'000}).contains("Owner: not known."));
    report.findings[0].owner = "a later\nword";
    CHECK(to_text(report, {.width = 10'000}).contains("Owner: a later\\x0Aword."));
}

TEST_CASE("who distrusts is told what was removed, what is left, the id and what to do next") {
    StatusReport report = test::distrusted_report();
    const std::string left = to_text(report, {.width = 10'000});
    for (const char* said : {"done: remove from TrustedPublisher", "done: add to Disallowed",
                             "Root (groupPolicy)", "retrust: 019303f0-0000-7000-8000-000000000000",
                             "state: distrusted", "It is still trusted on this machine. Exit code 8."}) {
        INFO(said);
        CHECK(left.find(said) != std::string::npos);
    }
    CHECK(to_line(report) == "StillTrusted: still_delivered_by_policy");
    report.findings.clear();
    report.in_desired_state = true;
    CHECK(to_text(report, {}).find("Nothing on this machine trusts it any more. Exit code 0.") !=
          std::string::npos);
    CHECK(to_line(report) == "Distrusted: no findings");
}

TEST_CASE("who asks what distrusting would do is not told that all is done") {
    StatusReport report = test::distrusted_report();
    report.what_if = true;
    report.in_desired_state = true;
    CHECK(to_text(report, {})
              .contains("Nothing on this machine trusts it now, but not all is done yet. Exit code 8."));
}
