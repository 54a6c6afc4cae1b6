// How long a server asks to be left alone (RFC 9110, 10.2.3): pure, hostile values included.
#pragma once

#include "common/base/time.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace wta {

// Nobody is waited for any longer, whatever he says.
inline constexpr std::chrono::seconds longest_retry_after = std::chrono::days{30};

// The value of a Retry-After field: seconds, or a date in one of the three forms of RFC 9110, 5.6.7, which
// counts from `now`; one that has passed is 0. At most longest_retry_after. Nothing: it is neither.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(std::string_view value, Timestamp now);

} // namespace wta
