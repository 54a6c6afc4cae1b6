#include "agent/platform/server_chain.h"

namespace wta::platform {

Result<std::vector<Bytes>> judge_server_chain(const std::vector<Bytes>& /*sent*/,
                                              const std::optional<std::string>& /*host*/) {
    return refuse(ReasonCode::tls_failed, "nobody has looked yet");
}

} // namespace wta::platform
