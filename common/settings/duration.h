// Durations as the settings spell them: 500ms, 30s, 5m, 4h, 7d.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wta {

// A whole number with a unit (ms, s, m, h, d), or "0"; nothing for anything else or more than 10 years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
[[nodiscard]] std::string to_string(std::chrono::milliseconds duration); // the largest unit that divides it

} // namespace wta
