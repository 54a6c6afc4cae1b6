#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/open_endpoint.h"
#include "agent/commands/output.h"
#include "agent/cycle/run_cycle.h"
#include "common/report/status_store.h"
#include "common/trust/observed_state.h"

#include <fmt/format.h>

namespace wta {
namespace {

Result<std::optional<StatusReport>> stored_report(Endpoint& endpoint, const Options& options) {
    const auto guid = read_machine_guid(endpoint.registry());
    if (!guid) return std::unexpected(guid.error());
    return read_status(endpoint.registry(), {*guid, computer_name_of(options)});
}

// What the flat values do not tell is known from this run.
StatusReport completed(StatusReport stored, const StatusReport& header) {
    if (stored.run_id.empty()) stored.run_id = header.run_id;
    if (stored.command.empty()) stored.command = header.command;
    if (stored.agent_version.empty()) stored.agent_version = header.agent_version;
    stored.endpoint_kind = header.endpoint_kind; // an image may have been moved since
    stored.endpoint_name = header.endpoint_name;
    if (stored.command == "undo" && stored.in_desired_state == true) {
        stored.in_desired_state = false;
        stored.findings.insert(stored.findings.begin(), to_report(Finding{.code = ReasonCode::undone}));
    }
    return stored;
}

} // namespace

int run_status(const Options& options) {
    StatusReport header = report_header(options, "status");
    if (const auto missing = missing_settings(options)) return print(ended_early(header, *missing), options);
    auto endpoint = open_endpoint(options, Use::look, header);
    if (!endpoint) return print(not_opened(header, endpoint.error()), options);
    auto stored = stored_report(**endpoint, options);
    if (!stored) return print(not_opened(header, stored.error()), options);
    if (!*stored) return print(ended_early(header, {.code = ReasonCode::never_run}), options);
    const StatusReport report = completed(std::move(**stored), header);
    if (!options.json && !options.quiet)
        if (const int exit = print(fmt::format("Stored report of {}\n\n", to_rfc3339(report.time)), 0);
            exit != 0)
            return exit;
    return print(report, options);
}

} // namespace wta
