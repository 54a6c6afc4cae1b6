// How far a fetch or a report has come: the one thing that a caller may look at while the worker runs.
#pragma once

#include "common/base/error.h"

#include <atomic>
#include <chrono>
#include <string_view>

namespace wta {

enum class FetchPhase {
    starting,
    reading_file,
    resolving,
    resolving_proxy,
    connecting,
    connecting_to_proxy,
    proxy,
    handshake,
    request,
    headers,
    body,
    ending
};

struct FetchProgress {
    std::atomic<FetchPhase> phase{FetchPhase::starting};
};

// timed_out: says of `location` in which phase it hung when `timeout` was over, and so what did not happen.
[[nodiscard]] Error timed_out_error(std::string_view location, std::chrono::milliseconds timeout,
                                    FetchPhase phase,
                                    std::string_view missing = "there was no complete answer");

// A worker ends by itself a little before its caller would walk away: an ordinary hang leaves no thread
// behind.
[[nodiscard]] std::chrono::milliseconds head_start(std::chrono::milliseconds timeout);

} // namespace wta
