#include "agent/commands/run_records.h"

#include "agent/commands/load_settings.h"
#include "agent/commands/open_reporting.h"
#include "agent/commands/output.h"
#include "agent/endpoint/live_endpoint.h"
#include "agent/reporting/event_log.h"
#include "agent/reporting/system_records.h"

namespace wta {

std::unique_ptr<LogFile> open_command_log(const Endpoint& endpoint, Use use, LogFormat format,
                                          StatusReport& header) {
    if (use == Use::look || endpoint.description().kind != EndpointKind::live) return nullptr;
    OpenedLog opened = open_log("commands.log", format);
    if (opened.problem) header.findings.push_back(to_report(*opened.problem));
    return std::move(opened.file);
}

std::unique_ptr<LogFile> open_command_log(const Endpoint& endpoint, Use use, const Options& options,
                                          StatusReport& header) {
    if (use == Use::look || options.image) return nullptr;
    return open_command_log(endpoint, use, load_settings(options).settings.log_format.value, header);
}

void keep_records(const StatusReport& report, Endpoint& endpoint, LogFile* log) {
    if (log != nullptr) log->write(report);
    report_events(report, endpoint.history(), system_event_writer());
}

void keep_records(const StatusReport& report, const Options& options) {
    if (options.image) return;
    const auto endpoint = open_live(Use::look);
    if (endpoint) keep_records(report, **endpoint, nullptr);
}

int show_run(const StatusReport& report, std::unique_ptr<Endpoint> endpoint, LogFile* log,
             Reporting* reporting, const Options& options) {
    keep_records(report, *endpoint, log);
    if (reporting != nullptr) reporting->keep(report);
    const int exit = print(report, options);
    endpoint.reset(); // another run need not wait for a receiver
    return exit;
}

int print_recorded(const StatusReport& report, const Options& options) {
    keep_records(report, options);
    StatusReport told = report; // what is wrong with reporting is told by the next run
    std::unique_ptr<Endpoint> machine;
    if (!options.image)
        if (auto opened = open_live(Use::look)) machine = *std::move(opened);
    const auto reporting = open_reporting(options, load_settings(options).settings,
                                          machine ? &machine->registry() : nullptr, told);
    machine.reset();
    if (reporting) reporting->keep(report);
    const int exit = print(report, options);
    deliver_reports(reporting.get());
    return exit;
}

} // namespace wta
