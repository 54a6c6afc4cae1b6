// What went wrong, for callers that branch on `code` and people who read `message`.
#pragma once

#include "common/base/reason_code.h"

#include <optional>
#include <string>

namespace wta {

// Callers branch on this and on nothing else of an Error.
enum class ErrorCode {
    not_found,
    access_denied,
    read_only, // the medium cannot be written (EROFS); no right would help
    wrong_type,
    invalid, // the input breaks a rule; `Error::reason` says which when people must act on it
    too_large,
    timed_out,
    unreachable,
    busy,
    exhausted, // of memory or file handles: nothing is wrong with what was asked for
    unusable,  // damaged, dirty or foreign: not safe to work on
    io,
};

struct Error {
    ErrorCode code{};
    std::string message;                // one sentence in UTF-8: what is so, and why; quotes values
    std::optional<int> os_code{};       // errno, or GetLastError() on Windows
    std::optional<ReasonCode> reason{}; // the stable reason that a report shows, where there is one

    bool operator==(const Error&) const = default;
};

} // namespace wta
