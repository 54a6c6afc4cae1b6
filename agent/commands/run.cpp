#include "agent/commands/commands.h"
#include "agent/commands/output.h"
#include "agent/commands/run_records.h"
#include "agent/platform/platform.h"
#include "agent/platform/windows/interruption.h"
#include "agent/platform/windows/service_host.h"
#include "agent/platform/windows/service_manager.h"
#include "agent/platform/windows/service_program.h"
#include "agent/resident/resident.h"
#include "common/base/utf.h"

#include <cstdio>

namespace wta {
namespace {

// Asked at each start and by the service itself: only LocalSystem trusts nobody but administrators, and who
// installed the service, perhaps by other means, does not ask. The event log is all that tells why.
int serve(const Options& options, platform::ResidentSignals& signals, const platform::ServiceStart& start) {
    const auto why = platform::why_not_for_a_service(platform::executable_path());
    if (!why) return run_resident(signals, {.options = options, .enforce_now = start.enforce_now});
    StatusReport header = report_header(options, "run");
    header.endpoint_kind = "live";
    header.endpoint_name = printable(platform::computer_name());
    const StatusReport report = ended_early(
        header,
        {.code = ReasonCode::state_folder_not_protected,
         .detail = *why + "; whoever exchanges the program of a service is LocalSystem at its next start."});
    return print_recorded(report, options);
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
