#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/open_endpoint.h"
#include "agent/commands/open_reporting.h"
#include "agent/commands/output.h"
#include "agent/commands/run_records.h"
#include "agent/cycle/run_cycle.h"
#include "agent/platform/resident_lock.h"

namespace wta {
namespace {

using Opened = Result<std::unique_ptr<Endpoint>>;

// A resident would put back what is taken away. Where it is just changing something the endpoint is busy, and
// who waits for that meets the resident afterwards.
bool resident_would_be_in_the_way(const Options& options, const Opened& endpoint) {
    if (options.what_if || options.image) return false;
    return endpoint.has_value() || endpoint.error().code == ErrorCode::busy;
}

} // namespace

// Needs no settings; but a file that was named must exist, because the caller believes that it counts.
int run_undo_command(const Options& options) {
    StatusReport header = report_header(options, "undo");
    if (const auto missing = missing_settings(options)) return print(ended_early(header, *missing), options);
    const Use use = options.what_if ? Use::look : Use::change;
    auto endpoint = open_endpoint(options, use, header);
    std::optional<platform::ResidentLock> alone; // keeps one from starting meanwhile
    if (resident_would_be_in_the_way(options, endpoint)) {
        auto lock = platform::ResidentLock::acquire();
        if (!lock) return print(not_opened(header, lock.error()), options);
        alone = *std::move(lock);
    }
    if (!endpoint) return print_recorded(not_opened(header, endpoint.error()), options);
    const auto log = open_command_log(**endpoint, use, options, header);
    const auto reporting = open_reporting(options, load_settings(options).settings,
                                          options.image ? nullptr : &(*endpoint)->registry(), header);
    const CycleRequest request{.kind = options.what_if ? CycleKind::what_if : CycleKind::repair,
                               .now = header.time,
                               .computer_name = computer_name_of(options),
                               .header = header};
    const StatusReport report = run_undo(request, **endpoint);
    const int exit = show_run(report, *std::move(endpoint), log.get(), reporting.get(), options);
    alone.reset(); // nor need the resident
    deliver_reports(reporting.get());
    return exit;
}

} // namespace wta
