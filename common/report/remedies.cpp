#include "common/report/remedies.h"

#include <algorithm>

namespace wta {
namespace {

constexpr std::string_view repair_again = "Run 'wsus-trust-agent repair' with the same options";

bool has(const StatusReport& report, std::string_view code, const std::string* subject = nullptr) {
    return std::ranges::any_of(report.findings, [&](const ReportFinding& finding) {
        return finding.code == code && (subject == nullptr || finding.subject == *subject);
    });
}

// Empty: a repair helps.
std::string_view instead(const StatusReport& report, const ReportFinding& finding) {
    if (report.command == "distrust")
        return report.what_if ? "Run the same command without --what-if." : "Run the same command again.";
    if (has(report, "nothing_configured"))
        return "Configure the certificate first: without one nothing is changed.";
    if (has(report, "contested", &finding.subject)) return "Do what is said at [contested].";
    if (report.mode == "audit") return "Set 'mode: enforce', then run 'wsus-trust-agent repair'.";
    return {};
}

} // namespace

void fit_remedies(StatusReport& report) {
    for (ReportFinding& finding : report.findings) {
        if (!finding.remedy.starts_with(repair_again)) continue;
        if (const std::string_view better = instead(report, finding); !better.empty())
            finding.remedy = better;
    }
}

} // namespace wta
