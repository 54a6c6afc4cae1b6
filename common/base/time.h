// Points in time as values (UTC, seconds); nobody here asks a clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wta {

using Timestamp = std::chrono::sys_seconds;

// RFC 3339 in UTC: 2026-11-22T10:47:00Z. Written times outside the years 0000 to 9999 are moved to the
// nearest end; read is exactly this form, without fractions, offsets and leap seconds.
[[nodiscard]] std::string to_rfc3339(Timestamp time);
[[nodiscard]] std::optional<Timestamp> from_rfc3339(std::string_view text);

} // namespace wta
