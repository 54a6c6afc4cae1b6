#include "common/report/report_text.h"

#include "common/base/utf.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wta {
namespace {

const ReportCertificate* find_certificate(const StatusReport& report, std::string_view sha256) {
    const auto found = std::ranges::find(report.certificates, sha256, &ReportCertificate::sha256);
    return found == report.certificates.end() ? nullptr : &*found;
}

// "WSUS Publishers Self-signed (1f0c52d8…)": what tells certificates of the same name apart.
std::string short_name(const ReportCertificate& certificate) {
    const std::string digits = certificate.sha256.substr(0, 8) + "…";
    if (certificate.subject.empty()) return "certificate " + digits;
    return fmt::format("{} ({})", certificate.subject, digits);
}

std::string checked_thing(const StatusReport& report, const std::string& subject) {
    if (const ReportCertificate* certificate = find_certificate(report, subject))
        return short_name(*certificate);
    return printable(subject);
}

bool told(const StatusReport& report, std::string_view subject, std::string_view expected) {
    return std::ranges::any_of(report.findings, [&](const ReportFinding& finding) {
        return finding.severity == Severity::error && finding.subject == subject &&
               (expected.empty() || finding.expected == expected);
    });
}

std::string places(const ReportCertificate& certificate, std::string_view store) {
    std::string text;
    for (const StorePlace& place : certificate.stores) {
        if (place.store != store) continue;
        if (!text.empty()) text += ", ";
        text += fmt::format("in {}", store);
        if (place.location != "machine")
            text += fmt::format(" ({})", place.location);
        else if (place.ours)
            text += " (by the agent)";
    }
    return text;
}

std::vector<std::string> exceptions(const ReportCertificate& certificate) {
    if (certificate.allow.empty()) return {};
    return {fmt::format("By exception: allow {}.", fmt::join(certificate.allow, ", "))};
}

// In words that administrators know; a word of a later version of the agent as it is.
std::string owner_text(const std::string& word) {
    const std::optional<Owner> owner = owner_from(word);
    return owner ? std::string(describe(*owner)) : printable(word);
}

// What is right: otherwise a compliant machine would show an empty table.
void add_good_rows(const StatusReport& report, std::vector<TableRow>& rows) {
    if (!report.actual_state) return;
    for (const ReportCertificate& certificate : report.certificates)
        for (const std::string& store : certificate.required) {
            const std::string is = places(certificate, store);
            if (!is.empty())
                rows.push_back({Color::good,
                                {"ok", short_name(certificate), is, "in " + store},
                                exceptions(certificate)});
        }
    for (const ReportCertificate& certificate : report.certificates) {
        const bool gone =
            places(certificate, "Root").empty() && places(certificate, "TrustedPublisher").empty();
        if ((certificate.state != "withdrawn" && certificate.state != "distrusted") || !gone) continue;
        if (told(report, certificate.sha256, {})) continue;
        const bool blocked = !places(certificate, "Disallowed").empty();
        rows.push_back(
            {Color::good,
             {"ok", short_name(certificate), blocked ? "in Disallowed" : "not trusted", certificate.state},
             {}});
    }
    if (report.desired_state && report.desired_state->policy_value == report.actual_state->policy_value)
        rows.push_back({Color::good,
                        {"ok", std::string(policy_value_name), report.actual_state->policy_value,
                         report.desired_state->policy_value},
                        {}});
}

void add_finding_rows(const StatusReport& report, bool infos, std::vector<TableRow>& rows) {
    for (const ReportFinding& finding : report.findings) {
        if ((finding.severity == Severity::info) != infos) continue;
        Color color = Color::none;
        std::string_view word = "info";
        if (finding.severity == Severity::error) color = Color::bad, word = "FAIL";
        if (finding.severity == Severity::warning) color = Color::warn, word = "warn";
        std::vector<std::string> notes{fmt::format("{} [{}]", finding.message, finding.code)};
        if (!finding.owner.empty()) notes.push_back("Owner: " + owner_text(finding.owner) + ".");
        notes.push_back("Do: " + finding.remedy);
        rows.push_back(
            {color,
             {std::string(word), checked_thing(report, finding.subject), finding.actual, finding.expected},
             std::move(notes)});
    }
}

std::string_view action_text(std::string_view action) {
    if (action == "addCertificate") return "add to";
    if (action == "removeCertificate") return "remove from";
    if (action == "setPolicyValue") return "set in";
    if (action == "restorePolicyValue") return "restore in";
    if (action == "removeKey") return "remove empty key";
    if (action == "adoptCertificate") return "adopt in";
    if (action == "writeTombstone") return "remember as distrusted";
    if (action == "eraseTombstone") return "no longer distrusted by hand: remove";
    return action;
}

// As 'status' shows it later: nothing is in place, and that is no failure of the undo.
bool is_stored_undo(const StatusReport& report) {
    return report.command == "undo" &&
           std::ranges::find(report.findings, "undone", &ReportFinding::code) != report.findings.end();
}

std::string_view outcome_text(Outcome outcome) {
    return outcome == Outcome::not_tried ? "not tried" : to_string(outcome);
}

void add_changes(const StatusReport& report, std::string& out, const TextStyle& style) {
    if (report.changes.empty()) {
        const bool changes =
            report.command == "repair" || report.command == "undo" || report.command == "distrust";
        if (changes && report.in_desired_state)
            out += *report.in_desired_state ? "\nThere is nothing to change.\n" : "\nNothing is changed.\n";
        return;
    }
    const bool planned = std::ranges::any_of(
        report.changes, [](const ReportChange& change) { return change.outcome == Outcome::planned; });
    out += painted(planned ? "\nWould change:\n" : "\nChanges:\n", Color::strong, style);
    for (const ReportChange& change : report.changes) {
        std::string line(action_text(change.action));
        if (change.action != "writeTombstone") line += " " + change.store; // where is of no use to anybody
        if (!change.thumbprint.empty()) line += fmt::format(": thumbprint {}", change.thumbprint);
        if (!change.detail.empty())
            line += fmt::format("{} {}", change.thumbprint.empty() ? ":" : ",", change.detail);
        if (!planned) line = fmt::format("{}: {}", outcome_text(change.outcome), line);
        out += wrapped(line, 2, style);
    }
}

// What is needed next, typed into a remote shell on the day that a key leaked.
void add_next_step(const StatusReport& report, std::string& out, const TextStyle& style) {
    if (!report.distrust) return;
    out += painted("\nNext:\n", Color::strong, style);
    out +=
        wrapped("Set 'state: distrusted' in all settings; here it is kept out whatever they say.", 2, style);
    out +=
        wrapped(fmt::format("To trust it here again, if ever: 'retrust: {}' in its entry, and remove it from "
                            "Untrusted Certificates (Disallowed) by hand.",
                            report.distrust->id),
                2, style);
}

std::size_t count(const StatusReport& report, Severity severity) {
    return static_cast<std::size_t>(std::ranges::count(report.findings, severity, &ReportFinding::severity));
}

std::string plural(std::size_t number, std::string_view word) {
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

std::string verdict(const StatusReport& report) {
    const std::string tally = fmt::format("{}, {}", plural(count(report, Severity::error), "error"),
                                          plural(count(report, Severity::warning), "warning"));
    if (is_stored_undo(report)) return "What the agent had added was taken away.";
    if (report.command == "undo" && report.in_desired_state)
        return *report.in_desired_state ? "Done: nothing that the agent added is trusted here."
                                        : "What the agent added is still trusted here.";
    if (report.command == "distrust" && report.in_desired_state) {
        if (!*report.in_desired_state) return "It is still trusted on this machine.";
        if (exit_code(report) == 0) return "Nothing on this machine trusts it any more.";
        return report.what_if ? "Nothing on this machine trusts it now, but not all is done yet."
                              : "Nothing on this machine trusts it now, but not all could be done.";
    }
    switch (report.state) {
    case ComplianceState::compliant: return fmt::format("Compliant ({}).", tally);
    case ComplianceState::non_compliant: return fmt::format("Not compliant ({}).", tally);
    case ComplianceState::not_applicable: return fmt::format("Not applicable ({}).", tally);
    case ComplianceState::unknown: return "Nothing was checked.";
    }
    return {};
}

} // namespace

std::string to_text(const StatusReport& report, const TextStyle& style) {
    std::string title = fmt::format("wsus-trust-agent {}: {}", report.agent_version, report.command);
    if (report.what_if)
        title += " --what-if (nothing is changed)";
    else if (report.mode == "audit" && report.command == "repair")
        title += " (mode: audit, nothing is changed)";
    if (!report.endpoint_name.empty())
        title += fmt::format(" on {} {}", report.endpoint_kind, report.endpoint_name);
    std::string out = wrapped(title, 0, style);
    std::vector<TableRow> rows;
    add_finding_rows(report, false, rows);
    if (report.command != "undo") add_good_rows(report, rows);
    add_finding_rows(report, true, rows);
    if (!rows.empty()) out += "\n" + table({"", "CHECKED", "IS", "SHOULD BE"}, rows, style);
    add_changes(report, out, style);
    add_next_step(report, out, style);
    const int code = exit_code(report);
    out += "\n" + painted(wrapped(fmt::format("{} Exit code {}.", verdict(report), code), 0, style),
                          code == 0 ? Color::good : Color::bad, style);
    return out;
}

std::string_view outcome_word(const StatusReport& report) {
    if (is_stored_undo(report)) return "Undone";
    if (report.command == "undo" && report.in_desired_state)
        return *report.in_desired_state ? "Undone" : "NotUndone";
    if (report.command == "distrust" && report.in_desired_state)
        return *report.in_desired_state ? "Distrusted" : "StillTrusted";
    return to_string(report.state);
}

std::string to_line(const StatusReport& report) {
    std::vector<std::string> codes;
    for (const ReportFinding& finding : report.findings)
        if (finding.severity != Severity::info && std::ranges::find(codes, finding.code) == codes.end())
            codes.push_back(finding.code);
    return fmt::format("{}: {}", outcome_word(report),
                       codes.empty() ? "no findings" : fmt::format("{}", fmt::join(codes, ", ")));
}

} // namespace wta
