#include "common/fleet/fleet_summary.h"

#include "common/report/codes.h"
#include "tests/support/sample_fleet.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::fleet_now;
using test::machine_report;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::days three{3};

FleetSummary summary_of(const std::vector<StatusReport>& reports) {
    return summarize(test::fleet_of(reports), fleet_now, three);
}

StatusReport with(std::string name, std::vector<ReportFinding> findings) {
    StatusReport report = machine_report(std::move(name));
    report.findings = std::move(findings);
    return report;
}

} // namespace

TEST_CASE("machines are counted by their state") {
    StatusReport bad = machine_report("PC-2");
    bad.state = ComplianceState::non_compliant;
    StatusReport other = machine_report("PC-3");
    other.state = ComplianceState::not_applicable;
    StatusReport unknown = machine_report("PC-4");
    unknown.state = ComplianceState::unknown;
    const FleetSummary summary = summary_of({machine_report("PC-1"), bad, other, unknown});
    CHECK(summary.compliant == 1);
    CHECK(summary.non_compliant == 1);
    CHECK(summary.not_applicable == 1);
    CHECK(summary.unknown == 1);
}

TEST_CASE("a machine is silent as soon as its last report is older than that, and not before") {
    StatusReport just = machine_report("PC-1");
    just.time = fleet_now - three;
    StatusReport silent = machine_report("PC-2");
    silent.time = fleet_now - three - 1s;
    StatusReport longer = machine_report("PC-3");
    longer.time = fleet_now - std::chrono::days(40);
    const Fleet fleet = test::fleet_of({just, silent, longer});
    const FleetSummary summary = summarize(fleet, fleet_now, three);
    CHECK(summary.silent == std::vector<Index>{2, 1});
    CHECK(summarize(fleet, fleet_now, std::chrono::days(41)).silent.empty());
}

TEST_CASE("a reason counts machines, each once, with the worst severity and the texts of the table") {
    const ReportFinding warning = to_report(
        {.code = ReasonCode::expires_soon, .severity = Severity::warning, .subject = "a", .detail = "One."});
    const ReportFinding other = to_report(
        {.code = ReasonCode::expires_soon, .severity = Severity::warning, .subject = "b", .detail = "Two."});
    ReportFinding error = other;
    error.severity = Severity::error;
    const FleetSummary summary =
        summary_of({with("PC-1", {warning, other}), with("PC-2", {error}), with("PC-3", {})});
    REQUIRE(summary.reasons.size() == 1);
    CHECK(summary.reasons.front().machines == 2);
    CHECK(summary.reasons.front().severity == Severity::error);
    CHECK(summary.reasons.front().message == info(ReasonCode::expires_soon).meaning);
}

TEST_CASE("reasons stand errors first, then by how many machines have them") {
    const auto finding = [](std::string code, Severity severity) {
        return ReportFinding{std::move(code), severity, "", "m", "", "", "r"};
    };
    const FleetSummary summary = summary_of(
        {with("PC-1", {finding("b", Severity::error)}), with("PC-2", {finding("a", Severity::warning)}),
         with("PC-3", {finding("a", Severity::warning)}), with("PC-4", {finding("c", Severity::warning)})});
    std::vector<std::string> codes;
    for (const ReasonCount& reason : summary.reasons) codes.push_back(reason.code);
    CHECK(codes == std::vector<std::string>{"b", "a", "c"});
    CHECK(summary.reasons.front().message == "m"); // this version does not know the code
}

TEST_CASE("what a superseded report said is not counted") {
    StatusReport older = with("PC-1", {ReportFinding{"old", Severity::error, "", "m", "", "", "r"}});
    older.time -= 1h;
    older.certificates.front().sha256 = std::string(64, 'd');
    const FleetSummary summary = summary_of({older, machine_report("PC-1")});
    CHECK(summary.reasons.empty());
    CHECK(summary.certificates.size() == 1);
}

TEST_CASE("certificates stand by expiry, with the machines that hold and trust them") {
    StatusReport second = machine_report("PC-2");
    ReportCertificate expired = second.certificates.front();
    expired.sha256 = std::string(64, 'd');
    expired.not_after = fleet_now - 1s;
    expired.stores = {{"TrustedPublisher", "machine", true}, {"Disallowed", "machine", false}};
    ReportCertificate unknown;
    unknown.sha256 = std::string(64, '1');
    unknown.state = "withdrawn";
    second.certificates.push_back(expired);
    second.certificates.push_back(unknown);
    const Fleet fleet = test::fleet_of({machine_report("PC-1"), second});
    const FleetSummary summary = summarize(fleet, fleet_now, three);
    REQUIRE(summary.certificates.size() == 3);
    const CertificateCount& first = summary.certificates[0];
    CHECK(fleet.certificates[first.certificate].sha256 == std::string(64, 'd'));
    CHECK(first.days_left == std::chrono::days(-1));
    CHECK((first.trusted == 1 && first.publisher == 1 && first.root == 0 && first.disallowed == 1));
    CHECK((summary.certificates[1].trusted == 2 && summary.certificates[1].root == 2));
    CHECK(summary.certificates[1].days_left == std::chrono::days(1460)); // 1460.5
    CHECK_FALSE(summary.certificates[2].days_left.has_value());
    CHECK(summary.certificates[2].trusted == 0);
}

TEST_CASE("versions stand by how many machines have them") {
    StatusReport old = machine_report("PC-3");
    old.agent_version = "0.9";
    const FleetSummary summary = summary_of({machine_report("PC-1"), machine_report("PC-2"), old});
    CHECK(summary.versions == std::vector<VersionCount>{{"1.2.3", 2}, {"0.9", 1}});
}
