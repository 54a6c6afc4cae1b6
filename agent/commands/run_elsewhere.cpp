// Systems other than Windows have no resident.
#include "agent/commands/commands.h"
#include "agent/commands/output.h"

namespace wta {

int run_as_resident(const Options& options) {
    return print(ended_early(report_header(options, "run"),
                             {.code = ReasonCode::usage_error,
                              .detail = "Only Windows has the resident; this build works on images. Run "
                                        "'wsus-trust-agent --image PATH repair' as often as it is needed."}),
                 options);
}

} // namespace wta
