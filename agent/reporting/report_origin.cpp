#include "agent/reporting/report_origin.h"

#include "common/base/utf.h"

#include <algorithm>

namespace wta {

ReportOrigin origin_of(const StatusReport& report, const std::string& computer) {
    const bool opened = !report.endpoint_kind.empty() && !report.endpoint_name.empty();
    ReportOrigin origin{opened ? printable(report.endpoint_kind) : "computer",
                        printable(opened ? report.endpoint_name : computer)};
    if (origin.name.empty()) origin.name = "unknown";
    return origin;
}

Severity worst_severity(const StatusReport& report) {
    Severity worst = Severity::info;
    for (const ReportFinding& finding : report.findings) worst = std::max(worst, finding.severity);
    return worst;
}

std::vector<std::string> reasons_of(const StatusReport& report) {
    std::vector<std::string> codes;
    for (const ReportFinding& finding : report.findings) {
        if (finding.severity == Severity::info) continue;
        std::string code = printable(finding.code);
        if (std::ranges::find(codes, code) == codes.end()) codes.push_back(std::move(code));
    }
    return codes;
}

} // namespace wta
