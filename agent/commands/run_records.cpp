#include "agent/commands/run_records.h"

#include "agent/commands/load_settings.h"
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

int print_recorded(const StatusReport& report, const Options& options) {
    keep_records(report, options);
    return print(report, options);
}

} // namespace wta
