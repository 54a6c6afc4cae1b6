#include "agent/transport/progress.h"

#include "common/base/utf.h"
#include "common/settings/duration.h"

#include <fmt/format.h>

#include <algorithm>

namespace wta {
namespace {

std::string_view words(FetchPhase phase) {
    switch (phase) {
    case FetchPhase::starting: return "before the first step";
    case FetchPhase::reading_file: return "while the file was read";
    case FetchPhase::resolving: return "while the address of the host name was looked up";
    case FetchPhase::resolving_proxy: return "while the address of the proxy was looked up";
    case FetchPhase::connecting_to_proxy: return "while the connection to the proxy was made";
    case FetchPhase::connecting: return "while the connection was made";
    case FetchPhase::proxy: return "while the proxy was asked for a tunnel";
    case FetchPhase::handshake: return "in the TLS handshake";
    case FetchPhase::request: return "while the request was sent";
    case FetchPhase::headers: return "while waiting for the headers of the answer";
    case FetchPhase::body: return "while waiting for the rest of the body";
    case FetchPhase::ending: return "while waiting for the server to end the connection";
    }
    return "";
}

} // namespace

Error timed_out_error(std::string_view location, std::chrono::milliseconds timeout, FetchPhase phase,
                      std::string_view missing) {
    return {ErrorCode::timed_out,
            fmt::format("{}: {} within {}; it hung {}", printable(location, 300), missing, to_string(timeout),
                        words(phase)),
            std::nullopt, ReasonCode::timed_out};
}

std::chrono::milliseconds head_start(std::chrono::milliseconds timeout) {
    return std::min(timeout / 10, std::chrono::milliseconds{100});
}

} // namespace wta
