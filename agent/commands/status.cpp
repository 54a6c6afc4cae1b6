#include "agent/commands/commands.h"
#include "agent/commands/open_endpoint.h"
#include "agent/commands/output.h"
#include "agent/cycle/run_cycle.h"
#include "common/report/status_store.h"
#include "common/trust/observed_state.h"

#include <filesystem>

namespace wta {
namespace {

Result<std::optional<StatusReport>> stored_report(Endpoint& endpoint) {
    auto observed = observe(endpoint.registry());
    if (!observed) return std::unexpected(observed.error());
    return read_status(endpoint.registry(), {observed->machine_guid, {}});
}

} // namespace

int run_status(const Options& options) {
    StatusReport header = report_header(options, "status");
    if (std::error_code ignored; options.config && !std::filesystem::exists(*options.config, ignored))
        return print(
            ended_early(header, {.code = ReasonCode::settings_not_found, .subject = *options.config}),
            options);
    auto endpoint = open_endpoint(options, Use::look, header);
    if (!endpoint) return print(not_opened(header, endpoint.error()), options);
    auto stored = stored_report(**endpoint);
    if (!stored) return print(ended_early(header, to_finding(stored.error(), EndpointKind::image)), options);
    if (!*stored) return print(ended_early(header, {.code = ReasonCode::never_run}), options);
    StatusReport report = std::move(**stored);
    if (report.agent_version.empty()) report.agent_version = agent_version;
    if (report.command.empty()) report.command = "status";
    return print(report, options);
}

} // namespace wta
