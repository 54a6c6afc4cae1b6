#include "common/fleet/fleet_text.h"

#include "common/fleet/fleet_lists.h"
#include "common/settings/duration.h"

#include <algorithm>
#include <fmt/format.h>

namespace wta {
namespace {

constexpr std::size_t most_rows = 20;

std::string days_text(const CertificateCount& count) {
    if (!count.days_left) return "not known";
    const auto days = count.days_left->count();
    if (days < 0) return fmt::format("expired {} ago", plural(static_cast<std::size_t>(-days), "day"));
    return "in " + plural(static_cast<std::size_t>(days), "day");
}

std::string short_name(const FleetCertificate& certificate) {
    const std::string digits = certificate.sha256.substr(0, 8) + "…";
    return certificate.subject.empty() ? "certificate " + digits
                                       : fmt::format("{} ({})", certificate.subject, digits);
}

void add_counts(std::string& out, const Fleet& fleet, const FleetSummary& summary, const TextStyle& style) {
    std::vector<TableRow> rows;
    const auto add = [&rows](Color color, std::string_view what, std::size_t count, std::string note) {
        rows.push_back({color, {std::string(what), std::to_string(count), std::move(note)}, {}});
    };
    add(Color::strong, "machines", fleet.machines.size(), "");
    add(Color::good, "compliant", summary.compliant, "");
    add(summary.non_compliant > 0 ? Color::bad : Color::none, "not compliant", summary.non_compliant, "");
    if (summary.not_applicable > 0)
        add(Color::none, "not applicable", summary.not_applicable, "no intranet update service");
    if (summary.unknown > 0)
        add(Color::warn, "unknown", summary.unknown, "the last run did not judge the machine");
    add(summary.silent.empty() ? Color::none : Color::warn, "silent", summary.silent.size(),
        fmt::format("no report for more than {}; counted above by their last one",
                    to_string(summary.silent_after)));
    if (!fleet.unreadable.empty())
        add(Color::bad, "unreadable files", fleet.unreadable.size(), "machines that are not counted above");
    if (fleet.superseded > 0)
        add(Color::none, "older reports", fleet.superseded, "of machines that have a newer one");
    if (fleet.tests > 0) add(Color::none, "test reports", fleet.tests, "say nothing of their machine");
    out += "\n" + table({"", "", ""}, rows, style);
}

void add_reasons(std::string& out, const FleetSummary& summary, const TextStyle& style) {
    std::vector<TableRow> rows;
    std::size_t told = 0;
    for (const ReasonCount& reason : summary.reasons) {
        if (reason.severity == Severity::info) continue;
        if (++told > most_rows) continue;
        const bool error = reason.severity == Severity::error;
        rows.push_back({error ? Color::bad : Color::warn,
                        {error ? "FAIL" : "warn", std::to_string(reason.machines), reason.code},
                        {reason.message, "Do: " + reason.remedy}});
    }
    if (rows.empty()) return;
    out += heading("Why", style) + table({"", "MACHINES", "REASON"}, rows, style);
    if (const std::string more = and_more(told, most_rows); !more.empty()) out += wrapped(more, 2, style);
}

void add_certificates(std::string& out, const Fleet& fleet, const FleetSummary& summary,
                      const TextStyle& style) {
    if (summary.certificates.empty()) return;
    std::vector<TableRow> rows;
    for (const CertificateCount& count : summary.certificates) {
        if (rows.size() == most_rows) break;
        const FleetCertificate& certificate = fleet.certificates[count.certificate];
        Color color = Color::none;
        std::string_view word;
        if (count.days_left && *count.days_left < soon) color = Color::warn, word = "warn";
        rows.push_back({color,
                        {std::string(word), short_name(certificate), std::to_string(count.publisher),
                         std::to_string(count.root), days_text(count)},
                        {}});
    }
    out += heading("Certificates", style) +
           table({"", "CERTIFICATE", "IN TRUSTEDPUBLISHER", "IN ROOT", "EXPIRES"}, rows, style);
    if (const std::string more = and_more(summary.certificates.size(), most_rows); !more.empty())
        out += wrapped(more, 2, style);
}

void add_versions(std::string& out, const FleetSummary& summary, const TextStyle& style) {
    if (summary.versions.empty()) return;
    std::vector<TableRow> rows;
    for (const VersionCount& count : summary.versions) {
        if (rows.size() == most_rows) break;
        rows.push_back({Color::none,
                        {count.version.empty() ? "not known" : count.version, std::to_string(count.machines)},
                        {}});
    }
    out += heading("Versions of the agent", style) + table({"VERSION", "MACHINES"}, rows, style);
    if (const std::string more = and_more(summary.versions.size(), most_rows); !more.empty())
        out += wrapped(more, 2, style);
}

void add_silent(std::string& out, const Fleet& fleet, const FleetSummary& summary, const TextStyle& style) {
    if (summary.silent.empty()) return;
    std::vector<std::string> names;
    for (const Index index : summary.silent)
        names.push_back(fmt::format("{}  last report {}", fleet.machines[index].name,
                                    to_rfc3339(fleet.machines[index].time)));
    out += heading("Silent", style);
    add_names(out, names, style);
    out += wrapped("Do: see whether the machine still exists and runs the agent, and whether its reports "
                   "reach this folder.",
                   2, style);
}

} // namespace

std::string to_text(const Fleet& fleet, const FleetSummary& summary, const TextStyle& style) {
    std::string out;
    if (fleet.files == 0)
        return wrapped("There is no report in this folder: no file whose name ends in .json.", 0, style) +
               wrapped("Do: let the agents write there (report: file: path: in their settings).", 0, style);
    add_counts(out, fleet, summary, style);
    add_reasons(out, summary, style);
    add_certificates(out, fleet, summary, style);
    add_versions(out, summary, style);
    add_silent(out, fleet, summary, style);
    add_unreadable(out, fleet, style);
    return out.substr(1); // begins with an empty line
}

std::string to_line(const Fleet& fleet, const FleetSummary& summary) {
    return fmt::format("{}: {} compliant, {} not compliant, {} not applicable, {} unknown; {} silent, {}",
                       plural(fleet.machines.size(), "machine"), summary.compliant, summary.non_compliant,
                       summary.not_applicable, summary.unknown, summary.silent.size(),
                       plural(fleet.unreadable.size(), "unreadable file"));
}

} // namespace wta
