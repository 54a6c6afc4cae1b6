#include "agent/resident/resident.h"

#include "agent/commands/load_settings.h"
#include "agent/commands/open_endpoint.h"
#include "agent/commands/open_reporting.h"
#include "agent/commands/output.h"
#include "agent/commands/run_records.h"
#include "agent/platform/platform.h"
#include "agent/platform/resident_lock.h"
#include "agent/platform/windows/group_policy.h"
#include "agent/resident/resident_loop.h"
#include "common/base/utf.h"
#include "common/report/report_text.h"

#include <fmt/format.h>

#include <cstdio>

namespace wta {
namespace {

constexpr std::chrono::seconds patience_with_group_policy{60};

const char* why(Task task) {
    switch (task) {
    case Task::reload: return "settings changed";
    case Task::scheduled: return "scheduled run";
    case Task::drift: return "change seen";
    }
    return "";
}

void say_line(const std::string& line) {
    std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
}

// As --quiet prints it, with the time, the reason and what was changed.
std::string line_of(Task task, const StatusReport& report) {
    std::string line = fmt::format("{} {}: {}", to_rfc3339(report.time), why(task), to_line(report));
    for (const ReportChange& change : report.changes)
        if (change.outcome == Outcome::done) line += fmt::format("; {} {}", change.action, change.store);
    return printable(line, 2'000);
}

TurnParts turn_parts(const Options& options) {
    return {.load_settings = [options] { return load_settings(options); },
            .new_report = [options](const std::string& command) { return report_header(options, command); },
            .open = [options](Use use, StatusReport& header) { return open_endpoint(options, use, header); },
            .make_transport =
                [](const Settings& settings) { return make_transport(transport_options(settings)); },
            .open_log = [](LogFormat format) { return open_log("resident.log", format); },
            .keep_records =
                [options](const StatusReport& report, Endpoint* endpoint, LogFile* log) {
                    if (endpoint != nullptr)
                        keep_records(report, *endpoint, log);
                    else
                        keep_records(report, options);
                },
            .open_reporting = [options](const Settings& settings, Registry& registry,
                                        StatusReport& header) -> std::shared_ptr<Reporting> {
                return open_reporting(options, settings, &registry, header);
            },
            .computer_name = platform::computer_name(),
            .group_policy =
                std::make_shared<PolicyGate>(platform::wait_for_group_policy, patience_with_group_policy)};
}

} // namespace

int run_resident(platform::ResidentSignals& signals, const ResidentOptions& options) {
    const auto alone = platform::ResidentLock::acquire();
    if (!alone) {
        StatusReport header = report_header(options.options, "run");
        header.endpoint_kind = "live";
        header.endpoint_name = printable(platform::computer_name());
        return print_recorded(not_opened(header, alone.error()), options.options);
    }
    LoopParts parts{.turn = turn_parts(options.options), .root = {}, .tell = {}, .say = {}};
    parts.tell = [console = options.console](Task task, const StatusReport& report) {
        if (console) say_line(line_of(task, report));
    };
    parts.say = [console = options.console](const std::string& what) {
        if (console) say_line("wsus-trust-agent: the resident, in this console; Ctrl-C ends it; " + what);
    };
    return run_loop(signals, std::move(parts), options.enforce_now);
}

} // namespace wta
