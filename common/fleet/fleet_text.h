// A fleet for a terminal. Long lists are cut; CSV has all of them.
#pragma once

#include "common/fleet/fleet_summary.h"
#include "common/report/text_layout.h"

#include <string>

namespace wta {

[[nodiscard]] std::string to_text(const Fleet& fleet, const FleetSummary& summary, const TextStyle& style);

// One line, for --quiet.
[[nodiscard]] std::string to_line(const Fleet& fleet, const FleetSummary& summary);

} // namespace wta
