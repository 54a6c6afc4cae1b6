#include "common/report/run_events.h"

#include "common/certificate/digest.h"
#include "common/report/codes.h"
#include "common/report/status_store.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace wta {
namespace {

constexpr std::string_view told_name = "Told"; // REG_SZ: the time, a space, the digest; one value, so whole

Event event(EventId id, const std::vector<std::string>& texts) {
    Event out{.id = id, .strings = {}};
    for (const std::string& text : texts) out.strings.push_back(event_text(text));
    return out;
}

bool is_done(const ReportChange& change) { return change.outcome == Outcome::done; }

std::optional<EventId> outcome_of(const StatusReport& report) {
    switch (exit_code(report)) {
    case 0:
        if (report.command != "check" && report.command != "repair") return std::nullopt;
        return std::ranges::any_of(report.changes, is_done) ? EventId::repaired : EventId::compliant;
    case 2:
    case 7: return std::nullopt;
    case 3: return EventId::settings_invalid;
    case 4: return EventId::unreachable;
    case 5: return EventId::access_denied;
    case 6: return EventId::refused;
    default: return EventId::not_compliant;
    }
}

// The first error that gives the run its exit code; without one the first warning.
const ReportFinding* gravest(const StatusReport& report) {
    const int exit = exit_code(report);
    for (const ReportFinding& finding : report.findings) {
        const CodeInfo* row = find_code(finding.code);
        if (finding.severity == Severity::error && row != nullptr && row->exit == exit) return &finding;
    }
    const auto first = std::ranges::find_if(
        report.findings, [](const ReportFinding& finding) { return finding.severity != Severity::info; });
    return first == report.findings.end() ? nullptr : &*first;
}

Event outcome_event(EventId id, const StatusReport& report) {
    const ReportFinding* finding = gravest(report);
    std::string sentence;
    if (finding != nullptr) {
        const std::string subject = finding->subject.empty() ? "" : " " + finding->subject;
        sentence = fmt::format("{}{}: {}", finding->code, subject, finding->message);
    }
    return event(id, {report.run_id, report.command, std::string(to_string(report.state)), reasons(report),
                      sentence, finding == nullptr ? "" : finding->remedy});
}

const ReportCertificate* certificate_with(const StatusReport& report, std::string ReportCertificate::* member,
                                          const std::string& value) {
    const auto found = std::ranges::find(report.certificates, value, member);
    return found == report.certificates.end() ? nullptr : &*found;
}

Event store_event(EventId id, const StatusReport& report, const ReportChange& change) {
    const ReportCertificate* known =
        certificate_with(report, &ReportCertificate::thumbprint, change.thumbprint);
    return event(id, {report.run_id, change.store, change.thumbprint, known == nullptr ? "" : known->sha256,
                      known == nullptr ? "" : known->subject});
}

std::vector<Event> change_events(const StatusReport& report) {
    std::vector<Event> events;
    for (const ReportChange& change : report.changes) {
        if (!is_done(change)) continue;
        if (change.action == "addCertificate")
            events.push_back(store_event(EventId::certificate_added, report, change));
        else if (change.action == "removeCertificate")
            events.push_back(store_event(EventId::certificate_removed, report, change));
        else if (change.action == "setPolicyValue" || change.action == "restorePolicyValue")
            events.push_back(event(EventId::policy_value_set, {report.run_id, change.store, change.detail}));
    }
    return events;
}

Event expiry_event(const StatusReport& report, const ReportFinding& finding) {
    const ReportCertificate* known = certificate_with(report, &ReportCertificate::sha256, finding.subject);
    const ReportCertificate certificate = known == nullptr ? ReportCertificate{} : *known;
    return event(EventId::certificate_expires_soon,
                 {report.run_id, certificate.thumbprint, finding.subject, certificate.subject,
                  certificate.not_after ? to_rfc3339(*certificate.not_after) : ""});
}

std::vector<Event> subject_events(const StatusReport& report) {
    std::vector<Event> events;
    for (const ReportFinding& finding : report.findings) {
        const CodeInfo* row = find_code(finding.code);
        if (row == nullptr) continue;
        const bool ends = row->code == ReasonCode::expires_soon || row->code == ReasonCode::expired;
        if (ends && finding.severity == Severity::warning) events.push_back(expiry_event(report, finding));
        if (row->code == ReasonCode::contested)
            events.push_back(event(EventId::contested, {report.run_id, finding.subject, finding.owner,
                                                        finding.message, finding.remedy}));
        if (row->code == ReasonCode::report_not_delivered)
            events.push_back(event(EventId::report_not_delivered,
                                   {report.run_id, finding.subject, finding.message, finding.actual}));
    }
    return events;
}

// Sentences are left out: they name addresses that were tried and times that passed. The machine is in it, so
// that a clone of this one does not keep silent.
std::string digest_of(EventId id, const StatusReport& report) {
    std::set<std::string> findings;
    for (const ReportFinding& finding : report.findings)
        if (finding.severity != Severity::info)
            findings.insert(fmt::format("{} {} {} {}\n", to_string(finding.severity), finding.code,
                                        finding.subject, finding.owner));
    std::string text =
        fmt::format("{} {} {}\n", info(id).name, to_string(report.state), report.endpoint_name);
    for (const std::string& finding : findings) text += finding;
    return to_string(sha256_of(as_byte_view(text)));
}

bool still_fresh(const LastTold& last, Timestamp now) {
    return last.when <= now && now - last.when < told_again_after;
}

} // namespace

RunEvents events_of(const StatusReport& report, const std::optional<LastTold>& last) {
    RunEvents run{.changes = change_events(report), .situation = {}, .told = {}};
    const std::optional<EventId> id = outcome_of(report);
    if (!id) return run;
    LastTold now{.digest = digest_of(*id, report), .when = report.time};
    const bool known = last && last->digest == now.digest && still_fresh(*last, now.when);
    if (known && run.changes.empty()) return run;
    run.situation.push_back(outcome_event(*id, report));
    std::ranges::copy(subject_events(report), std::back_inserter(run.situation));
    run.told = std::move(now);
    return run;
}

std::optional<LastTold> read_last_told(Registry& registry) {
    const auto value = registry.get(events_key, told_name);
    if (!value || !*value) return std::nullopt;
    const std::string text = as_string(**value).value_or("");
    const std::size_t space = text.find(' ');
    const auto time = from_rfc3339(text.substr(0, space));
    if (!time || space == std::string::npos) return std::nullopt;
    return LastTold{.digest = text.substr(space + 1), .when = *time};
}

Result<void> write_last_told(Registry& registry, const LastTold& told) {
    return registry.set(events_key, told_name,
                        string_value(fmt::format("{} {}", to_rfc3339(told.when), told.digest)));
}

} // namespace wta
