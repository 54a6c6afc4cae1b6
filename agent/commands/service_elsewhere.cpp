// Systems other than Windows have no services.
#include "agent/commands/commands.h"
#include "agent/commands/output.h"

namespace wta {

int run_service_command(const Options& options) {
    return print(ended_early(report_header(options, ""),
                             {.code = ReasonCode::usage_error,
                              .detail = "Only Windows has the service; this build works on images. Run "
                                        "'wsus-trust-agent --image PATH repair' as often as it is needed."}),
                 options);
}

} // namespace wta
