#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/open_endpoint.h"
#include "agent/commands/output.h"
#include "agent/cycle/run_cycle.h"

namespace wta {

// Needs no settings; but a file that was named must exist, because the caller believes that it counts.
int run_undo_command(const Options& options) {
    StatusReport header = report_header(options, "undo");
    if (const auto missing = missing_settings(options)) return print(ended_early(header, *missing), options);
    auto endpoint = open_endpoint(options, options.what_if ? Use::look : Use::change, header);
    if (!endpoint) return print(not_opened(header, endpoint.error()), options);
    const CycleRequest request{.kind = options.what_if ? CycleKind::what_if : CycleKind::repair,
                               .now = header.time,
                               .computer_name = computer_name_of(options),
                               .header = header};
    return print(run_undo(request, **endpoint), options);
}

} // namespace wta
