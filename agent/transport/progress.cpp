#include "agent/transport/progress.h"

#include "common/base/utf.h"
#include "common/settings/duration.h"

#include <fmt/format.h>

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
    }
    return "";
}

} // namespace

Error timed_out_error(std::string_view location, std::chrono::milliseconds timeout, FetchPhase phase) {
    return {ErrorCode::timed_out,
            fmt::format("{}: there was no complete answer within {}; it hung {}", printable(location, 300),
                        to_string(timeout), words(phase)),
            std::nullopt, ReasonCode::timed_out};
}

} // namespace wta
