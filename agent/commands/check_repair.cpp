#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/open_endpoint.h"
#include "agent/commands/open_reporting.h"
#include "agent/commands/output.h"
#include "agent/commands/run_records.h"
#include "agent/cycle/run_cycle.h"
#include "common/settings/pin.h"

#include <spdlog/spdlog.h>

namespace wta {
namespace {

CycleKind kind_of(const Options& options) {
    if (options.command == Command::check) return CycleKind::check;
    return options.what_if ? CycleKind::what_if : CycleKind::repair;
}

} // namespace

int run_check_or_repair(const Options& options) {
    StatusReport header = report_header(options, options.command == Command::check ? "check" : "repair");
    std::optional<Sha256> adopt;
    if (options.adopt) {
        const auto named = parse_pin(*options.adopt);
        if (!named)
            return print(
                ended_early(header, {.code = ReasonCode::usage_error, .detail = named.error().message}),
                options);
        adopt = *named;
    }
    const LoadedSettings loaded = load_settings(options);
    describe_settings(loaded, header);
    if (!loaded.problems.empty()) return print_recorded(header, options);
    const Settings& settings = loaded.settings;
    header.mode = settings.mode.value == Mode::enforce ? "enforce" : "audit";
    const CycleKind kind = kind_of(options);
    const bool changes = kind == CycleKind::repair && settings.mode.value == Mode::enforce;
    const Use use = changes ? Use::change : Use::look;
    auto endpoint = open_endpoint(options, use, header);
    if (!endpoint) return print_recorded(not_opened(header, endpoint.error()), options);
    const auto log = open_command_log(**endpoint, use, settings.log_format.value, header);

    const auto reporting =
        open_reporting(options, settings, options.image ? nullptr : &(*endpoint)->registry(), header);
    const auto transport = make_transport(transport_options(settings));
    const CycleRequest request{.kind = kind,
                               .trigger = options.scheduled ? Trigger::scheduled : Trigger::person,
                               .adopt = adopt,
                               .now = header.time,
                               .computer_name = computer_name_of(options),
                               .header = header};
    const StatusReport report = run_cycle(request, settings, **endpoint, *transport);
    for (const ReportFinding& finding : report.findings)
        spdlog::info("{} {}: {}", to_string(finding.severity), finding.code, finding.message);
    const int exit = show_run(report, *std::move(endpoint), log.get(), reporting.get(), options);
    deliver_reports(reporting.get());
    return exit;
}

} // namespace wta
