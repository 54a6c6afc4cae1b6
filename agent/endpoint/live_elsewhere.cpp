// Systems other than Windows have no live endpoint.
#include "agent/endpoint/live_endpoint.h"

namespace wta {

Result<std::unique_ptr<Endpoint>> open_live(Use /*use*/) {
    return refuse(ReasonCode::usage_error, "this build has no live Windows to work on; give --image with "
                                           "a SOFTWARE hive or the root of a mounted "
                                           "Windows volume");
}

std::unique_ptr<Registry> open_live_registry() { return nullptr; }

} // namespace wta
