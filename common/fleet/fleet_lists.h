// What the texts about a fleet are made of: headings, and lists that are cut where nobody reads on.
#pragma once

#include "common/fleet/fleet.h"
#include "common/report/text_layout.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

[[nodiscard]] std::string plural(std::size_t number, std::string_view word); // "1 file", "2 files"

// "and 5 more (--output csv lists all)"; empty: all are shown.
[[nodiscard]] std::string and_more(std::size_t all, std::size_t most);

// After an empty line.
[[nodiscard]] std::string heading(std::string_view text, const TextStyle& style);

// The first 20, one under the other, so that they can be copied.
void add_names(std::string& out, const std::vector<std::string>& names, const TextStyle& style);

// Nothing where every file could be read.
void add_unreadable(std::string& out, const Fleet& fleet, const TextStyle& style);

} // namespace wta
