#include "agent/transport/file_transport.h"

#include "agent/platform/platform.h"

#include <filesystem>

namespace wta {
namespace {

// A path from UTF-8, on every system.
std::filesystem::path file_path(const std::string& location) {
    return std::u8string(location.begin(), location.end());
}

ReasonCode reason_of(ErrorCode code) {
    switch (code) {
    case ErrorCode::not_found: return ReasonCode::file_not_found;
    case ErrorCode::too_large: return ReasonCode::body_too_large;
    case ErrorCode::access_denied:
    case ErrorCode::read_only:
    case ErrorCode::wrong_type:
    case ErrorCode::invalid:
    case ErrorCode::timed_out:
    case ErrorCode::unreachable:
    case ErrorCode::busy:
    case ErrorCode::exhausted:
    case ErrorCode::unusable:
    case ErrorCode::io: return ReasonCode::file_unreadable;
    }
    return ReasonCode::file_unreadable;
}

} // namespace

Result<FetchResponse> fetch_file(const FetchRequest& request) {
    auto text = platform::read_file(file_path(request.location), request.limit);
    if (!text) {
        Error error = std::move(text).error();
        error.reason = reason_of(error.code);
        return std::unexpected(std::move(error));
    }
    return FetchResponse{false, to_bytes(as_byte_view(*text)), std::nullopt};
}

} // namespace wta
