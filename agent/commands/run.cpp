#include "agent/commands/commands.h"
#include "agent/commands/output.h"
#include "agent/platform/windows/interruption.h"
#include "agent/resident/resident.h"

namespace wta {

int run_as_resident(const Options& options) {
    if (options.image)
        return print(
            ended_early(report_header(options, ""),
                        {.code = ReasonCode::usage_error,
                         .detail = "The resident watches the machine that it runs on; --image has no place "
                                   "there."}),
            options);
    platform::ResidentSignals signals;
    const platform::StopWhenInterrupted console(signals);
    return run_resident(signals, {.options = options, .enforce_now = true, .console = true});
}

} // namespace wta
