// What a check, repair, undo or distrust leaves behind for others to read: events, lines of a log, reports.
#pragma once

#include "agent/commands/options.h"
#include "agent/endpoint/endpoint.h"
#include "agent/reporting/log_file.h"
#include "agent/reporting/reporting.h"
#include "common/report/status_report.h"

#include <memory>

namespace wta {

// commands.log, for a run that changes this machine: it holds the lock, so there is one writer at a time.
// Null for every other run, on systems without such logs, and when it cannot be written; then `header` says
// so.
[[nodiscard]] std::unique_ptr<LogFile> open_command_log(const Endpoint& endpoint, Use use, LogFormat format,
                                                        StatusReport& header);

// The same for commands that need no settings; how the log is written is looked up in them all the same, so
// that one file has one format.
[[nodiscard]] std::unique_ptr<LogFile> open_command_log(const Endpoint& endpoint, Use use,
                                                        const Options& options, StatusReport& header);

// After the run, while the endpoint is still open. `log` may be null.
void keep_records(const StatusReport& report, Endpoint& endpoint, LogFile* log);

// Of a run that ended before its endpoint was opened: events only.
void keep_records(const StatusReport& report, const Options& options);

// The end of a run: keeps its records and its report, prints it, and lets the endpoint go, so that no other
// run waits while deliver_reports() follows. `log` and `reporting` may be null. Returns the exit code.
[[nodiscard]] int show_run(const StatusReport& report, std::unique_ptr<Endpoint> endpoint, LogFile* log,
                           Reporting* reporting, const Options& options);

// Of a run that ended before its endpoint was opened: the same, and its delivery.
[[nodiscard]] int print_recorded(const StatusReport& report, const Options& options);

} // namespace wta
