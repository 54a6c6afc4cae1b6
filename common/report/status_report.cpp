#include "common/report/status_report.h"

#include "common/base/utf.h"
#include "common/report/codes.h"
#include "common/report/remedies.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace wta {
namespace {

template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};

bool has_error(const StatusReport& report) {
    return std::ranges::any_of(
        report.findings, [](const ReportFinding& finding) { return finding.severity == Severity::error; });
}

void sort_findings(std::vector<ReportFinding>& findings) {
    std::ranges::stable_sort(
        findings, [](const ReportFinding& a, const ReportFinding& b) { return a.severity > b.severity; });
    const auto repeated = std::ranges::unique(findings);
    findings.erase(repeated.begin(), repeated.end());
}

void describe_bytes(ReportCertificate& out, const Certificate& certificate) {
    out.thumbprint = to_string(certificate.thumbprint);
    out.subject = certificate.subject;
    out.issuer = certificate.issuer;
    out.not_before = certificate.not_before;
    out.not_after = certificate.not_after;
    out.self_signed = certificate.self_signed();
    if (certificate.usage_oids)
        for (const std::string& oid : *certificate.usage_oids) out.usage.push_back(usage_name(oid));
}

void describe_places(ReportCertificate& out, const Sha256& sha256, const ObservedState& observed) {
    for (const StoreEntry& entry : observed.entries) {
        if (entry.sha256 != sha256) continue;
        out.stores.push_back(
            {std::string(to_string(entry.store)), std::string(to_string(entry.location)), entry.ours()});
        if (entry.store == StoreName::root && entry.stored->limited_to_code_signing()) out.restricted = true;
    }
}

ReportCertificate describe_desired(const DesiredCertificate& desired, const ObservedState& observed) {
    ReportCertificate out{.sha256 = to_string(desired.sha256)};
    out.state = to_string(desired.state);
    out.note = printable(desired.note);
    if (desired.allow.expired) out.allow.emplace_back("expired");
    if (desired.allow.no_eku) out.allow.emplace_back("no_eku");
    if (desired.allow.ca_certificate) out.allow.emplace_back("ca_certificate");
    if (desired.certificate)
        describe_bytes(out, *desired.certificate);
    else if (desired.der)
        out.thumbprint = to_string(thumbprint_of(*desired.der));
    for (const StoreName store : desired.required_stores()) out.required.emplace_back(to_string(store));
    describe_places(out, desired.sha256, observed);
    return out;
}

// Ours in a store, but not in the settings.
void describe_leftovers(StatusReport& report, const DesiredState& desired, const ObservedState& observed) {
    for (const StoreEntry& entry : observed.entries) {
        if (!entry.ours() || desired.find(*entry.sha256) != nullptr) continue;
        const std::string sha256 = to_string(*entry.sha256);
        if (std::ranges::find(report.certificates, sha256, &ReportCertificate::sha256) !=
            report.certificates.end())
            continue;
        ReportCertificate out{.sha256 = sha256};
        out.state = "notConfigured";
        if (const Result<Certificate> certificate = parse_certificate(entry.stored->der()))
            describe_bytes(out, *certificate);
        else
            out.thumbprint = to_string(thumbprint_of(entry.stored->der()));
        describe_places(out, *entry.sha256, observed);
        report.certificates.push_back(std::move(out));
    }
}

StateSummary summarize_desired(const DesiredState& desired) {
    StateSummary summary;
    if (desired.manage_policy_value) summary.policy_value = "REG_DWORD 1";
    for (const DesiredCertificate& certificate : desired.certificates) {
        StateSummary::Placed placed{to_string(certificate.sha256), {}};
        if (certificate.state == CertificateState::trusted)
            for (const StoreName store : certificate.required_stores())
                placed.stores.emplace_back(to_string(store));
        if (certificate.state == CertificateState::distrusted)
            placed.stores.emplace_back(to_string(StoreName::disallowed));
        summary.certificates.push_back(std::move(placed));
    }
    return summary;
}

StateSummary summarize_observed(const DesiredState& desired, const ObservedState& observed) {
    StateSummary summary;
    summary.policy_value = observed.policy_value ? describe(*observed.policy_value) : "absent";
    for (const DesiredCertificate& certificate : desired.certificates) {
        StateSummary::Placed placed{to_string(certificate.sha256), {}};
        for (const StoreName store : {StoreName::root, StoreName::trusted_publisher, StoreName::disallowed})
            if (observed.holds(store, certificate.sha256)) placed.stores.emplace_back(to_string(store));
        summary.certificates.push_back(std::move(placed));
    }
    return summary;
}

// Errors are told as fragments while they travel outward; people get a sentence. A message that starts with
// an address or a path keeps it as it is.
std::string as_sentence(std::string text) {
    const std::string_view first_word = std::string_view(text).substr(0, text.find(' '));
    if (!first_word.empty() && std::ranges::all_of(first_word, [](char c) { return c >= 'a' && c <= 'z'; }))
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (!text.ends_with('.') && !text.ends_with('?')) text += '.';
    return text;
}

std::string as_it_was(const PreviousPolicy& previous) {
    return previous.value ? describe(*previous.value) : "absent";
}

} // namespace

ReportFinding to_report(const Finding& finding) {
    const CodeInfo& row = info(finding.code);
    return {.code = std::string(row.name),
            .severity = finding.severity.value_or(row.severity),
            .subject = finding.subject,
            .message = finding.detail.empty() ? std::string(row.meaning) : as_sentence(finding.detail),
            .expected = finding.expected,
            .actual = finding.actual,
            .remedy = std::string(row.remedy),
            .owner = finding.owner};
}

StatusReport ended_early(StatusReport header, const Finding& finding) {
    header.state = ComplianceState::unknown;
    header.findings.push_back(to_report(finding));
    sort_findings(header.findings); // what ended it is what is read first
    return header;
}

void describe_states(StatusReport& report, const DesiredState& desired, const ObservedState& observed,
                     const std::vector<Finding>& findings) {
    report.desired_state = summarize_desired(desired);
    report.actual_state = summarize_observed(desired, observed);
    report.policy_source = to_string(observed.policy_owner);
    for (const DesiredCertificate& certificate : desired.certificates)
        report.certificates.push_back(describe_desired(certificate, observed));
    describe_leftovers(report, desired, observed);
    for (const Finding& finding : findings) report.findings.push_back(to_report(finding));
    sort_findings(report.findings);
    fit_remedies(report);
    report.in_desired_state = !has_error(report);
    report.state = ComplianceState::compliant;
    if (not_applicable(desired, observed)) report.state = ComplianceState::not_applicable;
    if (has_error(report)) report.state = ComplianceState::non_compliant;
}

ReportChange to_report(const Change& change, Outcome outcome, std::string detail) {
    ReportChange out;
    out.outcome = outcome;
    std::visit(Match{[&](const AddCertificate& add) {
                         out.action = "addCertificate";
                         out.store = to_string(add.store);
                         out.thumbprint = to_string(add.thumbprint);
                         if (add.entry.has_usage_property()) out.detail = "limited to Code Signing";
                     },
                     [&](const RemoveCertificate& remove) {
                         out.action = "removeCertificate";
                         out.store = to_string(remove.store);
                         out.thumbprint = to_string(remove.thumbprint);
                     },
                     [&](const SetPolicyValue& set) {
                         out.action = "setPolicyValue";
                         out.store = policy_key;
                         out.detail = fmt::format("{} = REG_DWORD 1 (was {})", policy_value_name,
                                                  as_it_was(set.previous));
                     },
                     [&](const RestorePolicyValue& restore) {
                         out.action = "restorePolicyValue";
                         out.store = policy_key;
                         out.detail = fmt::format("{} = {}", policy_value_name, as_it_was(restore.previous));
                     },
                     [&](const RemoveEmptyKey& remove) {
                         out.action = "removeKey";
                         out.store = remove.key;
                     },
                     [&](const AdoptCertificate& adopt) {
                         out.action = "adoptCertificate";
                         out.store = to_string(adopt.store);
                         out.thumbprint = to_string(adopt.thumbprint);
                         if (adopt.limit_to_code_signing) out.detail = "limited to Code Signing";
                     },
                     [&](const WriteTombstone& write) {
                         out.action = "writeTombstone";
                         out.store = tombstone_key(write.tombstone.sha256);
                         // A plan has no id yet that the run after it will use.
                         if (outcome != Outcome::planned)
                             out.detail = fmt::format("Id = {}", write.tombstone.id.value_or(""));
                     },
                     [&](const EraseTombstone& erase) {
                         out.action = "eraseTombstone";
                         out.store = tombstone_key(erase.sha256);
                     }},
               change);
    if (!detail.empty()) out.detail = std::move(detail);
    return out;
}

int exit_code(const StatusReport& report) {
    constexpr std::array order{2, 3, 7, 9, 5, 8, 6, 4, 1};
    const int not_right = report.command == "distrust" ? 8 : 1;
    std::size_t first = order.size();
    for (const ReportFinding& finding : report.findings) {
        if (finding.severity != Severity::error) continue;
        const CodeInfo* row = find_code(finding.code);
        const int exit = row == nullptr || row->exit <= 1 ? not_right : row->exit;
        const auto place = static_cast<std::size_t>(std::ranges::find(order, exit) - order.begin());
        first = std::min(first, place);
    }
    if (first < order.size()) return order.at(first);
    return report.in_desired_state.value_or(false) ? 0 : not_right;
}

std::string_view to_string(Severity severity) {
    switch (severity) {
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
    }
    return "";
}

std::string_view to_string(ComplianceState state) {
    switch (state) {
    case ComplianceState::compliant: return "Compliant";
    case ComplianceState::non_compliant: return "NonCompliant";
    case ComplianceState::not_applicable: return "NotApplicable";
    case ComplianceState::unknown: return "Unknown";
    }
    return "";
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
    case Outcome::planned: return "planned";
    case Outcome::done: return "done";
    case Outcome::failed: return "failed";
    case Outcome::not_tried: return "notTried";
    }
    return "";
}

std::string_view to_string(CertificateState state) {
    switch (state) {
    case CertificateState::trusted: return "trusted";
    case CertificateState::withdrawn: return "withdrawn";
    case CertificateState::distrusted: return "distrusted";
    }
    return "";
}

} // namespace wta
