#include "agent/transport/system_trust.h"

namespace wta {

Result<void> trust_as_the_system(SSL_CTX* /*context*/) {
    return refuse(ReasonCode::tls_failed, "nobody has looked yet");
}

std::optional<Error> system_refusal(const SSL* /*ssl*/) { return std::nullopt; }

} // namespace wta
