// What a check answers to a program that asks on a schedule and knows one line and an exit code.
#pragma once

#include "common/report/status_report.h"

#include <optional>
#include <string>
#include <string_view>

namespace wta {

enum class Consumer {
    configmgr, // a script setting of a configuration item (compliance rule: equals "Compliant")
    intune,    // the detection script of a remediation
    nagios     // a plugin of Nagios, Icinga, Checkmk, NSClient++
};

[[nodiscard]] std::optional<Consumer> consumer_from(std::string_view word); // its name as above

struct ConsumerAnswer {
    std::string line; // printable, without a newline, at most max_consumer_line bytes
    int exit = 0;
    bool operator==(const ConsumerAnswer&) const = default;
};

// Intune keeps that many characters of a detection script's last line
// (learn.microsoft.com/intune/device-management/tools/deploy-remediations).
inline constexpr std::size_t max_consumer_line = 2'048;

// Never a state that could be taken for compliant when it is not known to be.
//
// configmgr: exit code 0 always, because any other is an error of the discovery and hides the answer; the
// line is exactly "Compliant", or begins "NonCompliant: ". intune: 0, or 1 whatever is wrong, because any
// other code means "no issue" there. nagios: OK 0, WARNING 1 (compliant, with warnings), CRITICAL 2, UNKNOWN
// 3 (nothing was observed), and performance data (Monitoring Plugins Development Guidelines).
[[nodiscard]] ConsumerAnswer answer_to(Consumer consumer, const StatusReport& report);

} // namespace wta
