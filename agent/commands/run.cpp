#include "agent/commands/commands.h"
#include "agent/commands/output.h"
#include "agent/platform/platform.h"
#include "agent/platform/windows/interruption.h"
#include "agent/platform/windows/service_host.h"
#include "agent/platform/windows/service_manager.h"
#include "agent/platform/windows/service_program.h"
#include "agent/resident/resident.h"

#include <cstdio>
#include <spdlog/spdlog.h>

namespace wta {
namespace {

constexpr int not_protected = 9;

// Asked at each start and by the service itself: only LocalSystem trusts nobody but administrators, and who
// installed the service, perhaps by other means, does not ask.
int serve(const Options& options, platform::ResidentSignals& signals, const platform::ServiceStart& start) {
    if (const auto why = platform::why_not_for_a_service(platform::executable_path())) {
        spdlog::error("{}; the service ends, because whoever exchanges its program is LocalSystem", *why);
        return not_protected;
    }
    return run_resident(signals, {.options = options, .enforce_now = start.enforce_now});
}

} // namespace

int run_as_resident(const Options& options) {
    if (options.image)
        return print(
            ended_early(report_header(options, "run"),
                        {.code = ReasonCode::usage_error,
                         .detail = "The resident watches the machine that it runs on; --image has no place "
                                   "there."}),
            options);
    const auto exit =
        platform::run_as_service(platform::agent_service, [options](platform::ResidentSignals& signals,
                                                                    const platform::ServiceStart& start) {
            return serve(options, signals, start);
        });
    if (exit) return *exit;
    std::fputs(
        "wsus-trust-agent: started by hand, not as the service; 'wsus-trust-agent service install' lets "
        "Windows start it.\n",
        stderr);
    std::fflush(stderr);
    platform::ResidentSignals signals;
    const platform::StopWhenInterrupted console(signals);
    return run_resident(signals, {.options = options, .enforce_now = true, .console = true});
}

} // namespace wta
