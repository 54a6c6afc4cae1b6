// Who a report is about and how bad it is, in the words that all receivers get.
#pragma once

#include "common/report/status_report.h"

#include <string>
#include <vector>

namespace wta {

struct ReportOrigin {
    std::string kind; // live, image; "computer" for a run that opened no endpoint
    std::string name; // of the endpoint, otherwise of the computer; printable, never empty
    bool operator==(const ReportOrigin&) const = default;
};

// `computer` is the name of the one that runs the agent.
[[nodiscard]] ReportOrigin origin_of(const StatusReport& report, const std::string& computer);

// Of the worst finding; info when there is none.
[[nodiscard]] Severity worst_severity(const StatusReport& report);

// The codes of all errors and warnings, each once, in the order of the report; printable.
[[nodiscard]] std::vector<std::string> reasons_of(const StatusReport& report);

} // namespace wta
