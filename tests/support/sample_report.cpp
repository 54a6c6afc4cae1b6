#include "tests/support/sample_report.h"

#include "common/base/time.h"

namespace wta::test {
namespace {

const std::string wsus(64, 'a');
const std::string gone(64, 'b');

StatusReport head(std::string command) {
    StatusReport report;
    report.run_id = "019303f0-0000-7000-8000-000000000000";
    report.command = std::move(command);
    report.time = *from_rfc3339("2026-06-01T00:00:00Z");
    report.mode = "enforce";
    report.endpoint_kind = "image";
    report.endpoint_name = "/mnt/windows/Windows/System32/config/SOFTWARE";
    report.agent_version = "1.2.3";
    report.settings_place = "/etc/wsus-trust-agent/agent.yaml";
    report.settings_digest = std::string(64, 'c');
    return report;
}

ReportCertificate certificate() {
    ReportCertificate out;
    out.sha256 = wsus;
    out.thumbprint = std::string(40, 'A');
    out.subject = "CN = WSUS Publishers Self-signed";
    out.issuer = out.subject;
    out.not_before = from_rfc3339("2025-06-01T00:00:00Z");
    out.not_after = from_rfc3339("2030-06-01T00:00:00Z");
    out.self_signed = true;
    out.usage = {"Code Signing"};
    out.state = "trusted";
    out.allow = {"expired"};
    out.required = {"Root", "TrustedPublisher"};
    out.note = "CHG0012345, approved by \"Zoë\"";
    return out;
}

} // namespace

StatusReport sample_report() {
    StatusReport report = head("repair");
    report.what_if = true;
    ReportCertificate present = certificate();
    present.stores = {{"Root", "machine", true}};
    ReportCertificate withdrawn;
    withdrawn.sha256 = gone;
    withdrawn.state = "withdrawn";
    report.certificates = {present, withdrawn};
    report.desired_state = StateSummary{"REG_DWORD 1", {{wsus, {"Root", "TrustedPublisher"}}, {gone, {}}}};
    report.actual_state = StateSummary{"REG_QWORD 1", {{wsus, {"Root"}}, {gone, {}}}};
    report.in_desired_state = false;
    report.state = ComplianceState::non_compliant;
    report.findings = {
        to_report({.code = ReasonCode::not_in_trusted_publisher,
                   .subject = wsus,
                   .expected = "in TrustedPublisher",
                   .actual = "absent"}),
        to_report({.code = ReasonCode::policy_wrong_type,
                   .subject = "AcceptTrustedPublisherCerts",
                   .expected = "REG_DWORD 1",
                   .actual = "REG_QWORD 1"}),
        to_report({.code = ReasonCode::tls_host_mismatch,
                   .subject = "https://pki.example.com/wsus.cer",
                   .detail = "Asked for \"pki.example.com\", got a certificate for \"www.example.com\"."}),
        to_report(
            {.code = ReasonCode::no_intranet_update_service, .subject = "WUServer", .actual = "not in use"})};
    report.changes = {{"addCertificate", "TrustedPublisher", std::string(40, 'A'), Outcome::planned, ""},
                      {"setPolicyValue", R"(Policies\Microsoft\Windows\WindowsUpdate)", "", Outcome::planned,
                       "AcceptTrustedPublisherCerts = REG_DWORD 1 (was REG_QWORD 1)"}};
    return report;
}

StatusReport compliant_report() {
    StatusReport report = head("check");
    ReportCertificate present = certificate();
    present.stores = {{"Root", "machine", true}, {"TrustedPublisher", "groupPolicy", false}};
    report.certificates = {present};
    report.desired_state = StateSummary{"REG_DWORD 1", {{wsus, {"Root", "TrustedPublisher"}}}};
    report.actual_state = report.desired_state;
    report.in_desired_state = true;
    report.state = ComplianceState::compliant;
    return report;
}

StatusReport distrusted_report() {
    StatusReport report = head("distrust");
    report.mode.clear();
    report.settings_place.clear();
    report.settings_digest.clear();
    report.endpoint_kind = "live";
    report.endpoint_name = "PC-1";
    ReportCertificate found = certificate();
    found.state = "distrusted";
    found.allow.clear();
    found.required.clear();
    found.note.clear();
    found.stores = {{"Root", "groupPolicy", false}, {"Disallowed", "machine", true}};
    report.certificates = {found};
    report.desired_state = StateSummary{"", {{wsus, {"Disallowed"}}}};
    report.actual_state = StateSummary{"REG_DWORD 1", {{wsus, {"Root", "Disallowed"}}}};
    report.in_desired_state = false;
    report.findings = {to_report({.code = ReasonCode::still_delivered_by_policy,
                                  .subject = wsus,
                                  .expected = "not in Root",
                                  .actual = "Root (groupPolicy)"})};
    report.changes = {{"writeTombstone", R"(WsusTrustAgent\Distrusted\)" + wsus, "", Outcome::done,
                       "Id = " + report.run_id},
                      {"addCertificate", "Disallowed", std::string(40, 'A'), Outcome::done, ""},
                      {"removeCertificate", "TrustedPublisher", std::string(40, 'A'), Outcome::done, ""}};
    report.distrust = {wsus, report.run_id};
    return report;
}

StatusReport live_report(std::string run_id, Timestamp time) {
    StatusReport report = compliant_report();
    report.run_id = std::move(run_id);
    report.command = "repair";
    report.time = time;
    report.endpoint_kind = "live";
    report.endpoint_name = "PC-1";
    return report;
}

} // namespace wta::test
