// Where answers go: the result to stdout, everything else to stderr.
#pragma once

#include "agent/commands/options.h"
#include "common/report/report_text.h"
#include "common/report/status_report.h"

#include <boost/json/fwd.hpp>
#include <string>

namespace wta {

inline constexpr std::string_view agent_version = WSUS_TRUST_AGENT_VERSION;

[[nodiscard]] TextStyle text_style();

// The head of every report of this run.
[[nodiscard]] StatusReport report_header(const Options& options, const std::string& command);

// Prints it as the options ask for and returns the exit code. A result that cannot be written (a full disk, a
// closed pipe) is told on stderr and makes exit code 8.
[[nodiscard]] int print(const StatusReport& report, const Options& options);
[[nodiscard]] int print(const boost::json::value& document, int exit);
[[nodiscard]] int print(const std::string& text, int exit);

} // namespace wta
