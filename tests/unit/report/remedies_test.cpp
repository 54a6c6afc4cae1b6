#include "common/report/remedies.h"

#include "common/report/codes.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

StatusReport report_with(std::initializer_list<Finding> findings) {
    StatusReport report;
    report.command = "repair";
    report.mode = "enforce";
    for (const Finding& finding : findings) report.findings.push_back(to_report(finding));
    return report;
}

const Finding missing{.code = ReasonCode::policy_missing, .subject = "AcceptTrustedPublisherCerts"};

std::string remedy_in(StatusReport report) {
    fit_remedies(report);
    return report.findings.front().remedy;
}

} // namespace

TEST_CASE("where a repair helps, a repair is what to do") {
    CHECK(remedy_in(report_with({missing})) == info(ReasonCode::policy_missing).remedy);
    const Finding other{.code = ReasonCode::contested, .subject = "Root"};
    CHECK(remedy_in(report_with({missing, other})) == info(ReasonCode::policy_missing).remedy);
}

TEST_CASE("what is left alone is not put right by another repair of the kind that left it alone") {
    const Finding contested{.code = ReasonCode::contested, .subject = missing.subject};
    CHECK(remedy_in(report_with({missing, contested})) == "Do what is said at [contested].");
    StatusReport report = report_with({contested});
    fit_remedies(report);
    CHECK(report.findings.front().remedy == info(ReasonCode::contested).remedy);
}

TEST_CASE("without a certificate, in audit, and in a distrust, what to do is something else") {
    CHECK(remedy_in(report_with({missing, {.code = ReasonCode::nothing_configured}}))
              .starts_with("Configure the "));
    StatusReport report = report_with({missing});
    report.mode = "audit";
    CHECK(remedy_in(report).starts_with("Set 'mode: enforce'"));
    report = report_with({{.code = ReasonCode::distrusted_present, .subject = "x"}});
    report.command = "distrust";
    CHECK(remedy_in(report) == "Run the same command again.");
    report.what_if = true;
    CHECK(remedy_in(report) == "Run the same command without --what-if.");
}
