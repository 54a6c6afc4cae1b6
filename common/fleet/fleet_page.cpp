#include "common/fleet/fleet_page.h"

#include "common/base/hex.h"
#include "common/base/markup.h"
#include "common/base/utf.h"
#include "common/certificate/digest.h"
#include "common/fleet/page_data.h"
#include "common/fleet/page_files.h"
#include "common/settings/duration.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace wta {
namespace {

constexpr std::size_t most_names = 20; // the table below has them all
constexpr std::size_t most_rows = 500;

// A checkout for Windows may have CR LF; browsers read LF, and the digest is over what they read.
std::string with_lf(std::string_view text) {
    std::string out(text);
    std::erase(out, '\r');
    return out;
}

std::string plural(std::size_t number, std::string_view word) {
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

// What the script makes a button of, which shows the machines behind it.
std::string showing(std::string_view kind, std::string_view value, std::string_view content) {
    return fmt::format(R"(<span data-show="{}" data-value="{}">{}</span>)", kind, markup_text(value),
                       content);
}

std::string cut_at(std::size_t all, std::size_t most) {
    return all > most
               ? fmt::format("<p class=\"quiet\">and {} more (--output csv lists all)</p>\n", all - most)
               : std::string();
}

std::string title(const Fleet& fleet, const FleetSummary& summary) {
    if (fleet.machines.empty()) return "no machine has reported";
    return fmt::format("{} of {} compliant", summary.compliant, plural(fleet.machines.size(), "machine"));
}

std::string origin(const Fleet& fleet, const FleetSummary& summary, std::string_view folder) {
    std::string text = fmt::format("As of {}, from {} in {}.", to_rfc3339(summary.now),
                                   plural(fleet.files, "file"), markup_text(printable(folder)));
    if (fleet.superseded > 0)
        text += fmt::format(" {} of machines that have a newer one {} not counted.",
                            plural(fleet.superseded, "report"), fleet.superseded == 1 ? "is" : "are");
    if (fleet.tests > 0)
        text += fmt::format(" {} of a delivery: not counted.", plural(fleet.tests, "test report"));
    return text;
}

std::string bar(const Fleet& fleet, const FleetSummary& summary) {
    if (fleet.machines.empty()) return {};
    std::string rectangles;
    double x = 0;
    const auto add = [&](std::string_view kind, std::size_t count) {
        const double width = 100.0 * static_cast<double>(count) / static_cast<double>(fleet.machines.size());
        if (count > 0)
            rectangles += fmt::format(R"(<rect class="{}" x="{:.3f}%" y="0" width="{:.3f}%" height="100%"/>)",
                                      kind, x, width);
        x += width;
    };
    add("good", summary.compliant);
    add("calm", summary.not_applicable);
    add("warn", summary.unknown);
    add("bad", summary.non_compliant);
    return fmt::format(R"(<svg class="bar" role="img" aria-label="{}">{}</svg>)", title(fleet, summary),
                       rectangles);
}

std::string tile(std::string_view kind, std::string_view show, std::string_view value, std::size_t count,
                 std::string_view text) {
    return fmt::format(
        "<li><div class=\"tile{}{}\"{}><b>{}</b> {}</div></li>\n", kind.empty() ? "" : " ", kind,
        show.empty() ? "" : fmt::format(R"( data-show="{}" data-value="{}")", show, value), count, text);
}

std::string tiles(const Fleet& fleet, const FleetSummary& summary) {
    const auto if_any = [](std::size_t count, std::string_view kind) { return count > 0 ? kind : ""; };
    std::string out = tile("", "all", "", fleet.machines.size(), "machines");
    out += tile(if_any(summary.compliant, "good"), "state", "Compliant", summary.compliant, "compliant");
    out += tile(if_any(summary.non_compliant, "bad"), "state", "NonCompliant", summary.non_compliant,
                "not compliant");
    if (summary.not_applicable > 0)
        out += tile("", "state", "NotApplicable", summary.not_applicable, "not applicable");
    if (summary.unknown > 0) out += tile("warn", "state", "Unknown", summary.unknown, "unknown");
    out += tile(if_any(summary.silent.size(), "warn"), "silent", "", summary.silent.size(),
                fmt::format("silent for more than {}", to_string(summary.silent_after)));
    out += tile(if_any(fleet.unreadable.size(), "bad"), "", "", fleet.unreadable.size(), "unreadable files");
    return out;
}

std::string badge(Severity severity) {
    switch (severity) {
    case Severity::error: return R"(<span class="badge bad">error</span>)";
    case Severity::warning: return R"(<span class="badge warn">warning</span>)";
    case Severity::info: return R"(<span class="badge">info</span>)";
    }
    return {};
}

std::string reasons(const FleetSummary& summary) {
    if (summary.reasons.empty()) return "<p>No report has a finding.</p>";
    std::string out =
        "<div class=\"scroll\"><table aria-labelledby=\"why-title\">\n<thead><tr><th scope=\"col\" "
        "class=\"number\">Machines</th>"
        "<th scope=\"col\">Severity</th><th scope=\"col\" class=\"reason\">Reason</th><th scope=\"col\">What "
        "is so, "
        "and what to do</th></tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < std::min(summary.reasons.size(), most_rows); ++i) {
        const ReasonCount& reason = summary.reasons[i];
        const std::string code = markup_text(reason.code);
        out += fmt::format("<tr><td class=\"number\">{}</td><td>{}</td><td>{}</td><td><p>{}</p><p "
                           "class=\"quiet\">Do: {}</p></td></tr>\n",
                           reason.machines, badge(reason.severity),
                           showing("reason", reason.code, "<code>" + code + "</code>"),
                           markup_text(reason.message), markup_text(reason.remedy));
    }
    return out + "</tbody></table></div>\n" + cut_at(summary.reasons.size(), most_rows);
}

std::string expiry(const FleetCertificate& certificate, const CertificateCount& count) {
    if (!certificate.not_after || !count.days_left) return "not known";
    const auto days = count.days_left->count();
    const std::string date = to_rfc3339(*certificate.not_after).substr(0, 10);
    if (days < 0)
        return fmt::format(R"({} <span class="badge bad">expired {} ago</span>)", date,
                           plural(static_cast<std::size_t>(-days), "day"));
    return fmt::format(R"({} <span class="badge{}">in {}</span>)", date,
                       *count.days_left < soon ? " warn" : "", plural(static_cast<std::size_t>(days), "day"));
}

std::string certificates(const Fleet& fleet, const FleetSummary& summary) {
    if (summary.certificates.empty()) return "<p>No report names a certificate.</p>";
    std::string out =
        "<div class=\"scroll\"><table aria-labelledby=\"certificates-title\">\n<thead><tr><th "
        "scope=\"col\">Certificate</th><th "
        "scope=\"col\">Expires</th><th scope=\"col\" class=\"number\">Settings trust it</th><th "
        "scope=\"col\" class=\"number\">In TrustedPublisher</th><th scope=\"col\" "
        "class=\"number\">In Root</th><th scope=\"col\" class=\"number\">In "
        "Disallowed</th></tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < std::min(summary.certificates.size(), most_rows); ++i) {
        const CertificateCount& count = summary.certificates[i];
        const FleetCertificate& certificate = fleet.certificates[count.certificate];
        const std::string name = certificate.subject.empty() ? "not known" : markup_text(certificate.subject);
        out += fmt::format("<tr><td><p class=\"name\">{}</p><p class=\"quiet mono\">SHA-256 {}</p>",
                           showing("certificate", certificate.sha256, name), certificate.sha256);
        if (!certificate.thumbprint.empty())
            out +=
                fmt::format("<p class=\"quiet mono\">thumbprint {}</p>", markup_text(certificate.thumbprint));
        out += fmt::format("</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td "
                           "class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
                           expiry(certificate, count), count.trusted, count.publisher, count.root,
                           count.disallowed);
    }
    return out + "</tbody></table></div>\n" + cut_at(summary.certificates.size(), most_rows);
}

std::string silent(const Fleet& fleet, const FleetSummary& summary) {
    const std::string after = to_string(summary.silent_after);
    if (summary.silent.empty())
        return fmt::format("<p>Every machine has reported within the last {}.</p>", after);
    std::string out =
        fmt::format("<p class=\"quiet\">No report for more than {}. See whether the machine still "
                    "exists and runs the agent, and whether its reports reach the folder.</p>\n<ul "
                    "class=\"plain\">\n",
                    after);
    for (std::size_t i = 0; i < std::min(summary.silent.size(), most_names); ++i) {
        const Machine& machine = fleet.machines[summary.silent[i]];
        out += fmt::format("<li>{} <span class=\"quiet\">last report {}</span></li>\n",
                           markup_text(machine.name), to_rfc3339(machine.time));
    }
    out += "</ul>\n";
    if (summary.silent.size() > most_names)
        out += "<p>" + showing("silent", "", fmt::format("All {}, in the table", summary.silent.size())) +
               "</p>\n";
    return out;
}

std::string versions(const FleetSummary& summary) {
    if (summary.versions.empty()) return "<p>No machine has reported.</p>";
    std::string out = "<table aria-labelledby=\"versions-title\">\n<thead><tr><th "
                      "scope=\"col\">Version</th><th scope=\"col\" "
                      "class=\"number\">Machines</th></tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < std::min(summary.versions.size(), most_rows); ++i) {
        const VersionCount& count = summary.versions[i];
        const std::string text = count.version.empty() ? "not known" : markup_text(count.version);
        out += fmt::format("<tr><td class=\"name\">{}</td><td class=\"number\">{}</td></tr>\n",
                           showing("version", count.version, text), count.machines);
    }
    return out + "</tbody></table>\n" + cut_at(summary.versions.size(), most_rows);
}

std::string unreadable(const Fleet& fleet) {
    if (fleet.unreadable.empty()) return {};
    std::string out =
        "<section aria-labelledby=\"unreadable-title\">\n<h2 id=\"unreadable-title\">Unreadable "
        "files</h2>\n<p class=\"quiet\">The machines behind them are not counted. Let them report "
        "again, or remove what is no report.</p>\n<ul class=\"plain\">\n";
    for (std::size_t i = 0; i < std::min(fleet.unreadable.size(), most_rows); ++i)
        out += fmt::format("<li><code>{}</code> {}</li>\n", markup_text(fleet.unreadable[i].file),
                           markup_text(fleet.unreadable[i].why));
    return out + "</ul>\n" + cut_at(fleet.unreadable.size(), most_rows) + "</section>\n";
}

std::string digest_source(std::string_view text) {
    return fmt::format("'sha256-{}'", to_base64(sha256_of(as_byte_view(text)).bytes));
}

std::string policy(std::string_view style, std::string_view script) {
    return fmt::format("default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
                       digest_source(script), digest_source(style));
}

// Puts each part where its marker stands. What is put in is not looked at again: it may contain anything.
std::string filled(std::string_view page, const std::map<std::string, std::string, std::less<>>& parts) {
    std::string out;
    for (;;) {
        const std::size_t begin = page.find("{{");
        const std::size_t end = page.find("}}", begin);
        if (begin == std::string_view::npos || end == std::string_view::npos) return out.append(page);
        out += page.substr(0, begin);
        if (const auto part = parts.find(page.substr(begin + 2, end - begin - 2)); part != parts.end())
            out += part->second;
        page.remove_prefix(end + 2);
    }
}

} // namespace

std::string to_html(const Fleet& fleet, const FleetSummary& summary, std::string_view folder) {
    const std::string style = with_lf(page_css());
    const std::string script = with_lf(page_js());
    return filled(with_lf(page_html()), {{"policy", policy(style, script)},
                                         {"style", style},
                                         {"script", script},
                                         {"title", title(fleet, summary)},
                                         {"origin", origin(fleet, summary, folder)},
                                         {"bar", bar(fleet, summary)},
                                         {"tiles", tiles(fleet, summary)},
                                         {"reasons", reasons(summary)},
                                         {"certificates", certificates(fleet, summary)},
                                         {"silent", silent(fleet, summary)},
                                         {"versions", versions(summary)},
                                         {"unreadable", unreadable(fleet)},
                                         {"data", page_data(fleet, summary)}});
}

} // namespace wta
