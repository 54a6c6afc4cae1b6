#include "agent/endpoint/live_endpoint.h"

namespace wta {

Result<std::unique_ptr<Endpoint>> open_live(Use /*use*/) { return fail(ErrorCode::io, "nobody has looked yet"); }

} // namespace wta
