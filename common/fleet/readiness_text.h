// The answer to a question about a fleet, for a terminal: how many, who does not, why, and what to do about
// it.
#pragma once

#include "common/fleet/fleet_summary.h"
#include "common/fleet/readiness.h"
#include "common/report/text_layout.h"

#include <string>

namespace wta {

[[nodiscard]] std::string to_text(const Fleet& fleet, const FleetSummary& summary, const FleetAnswer& answer,
                                  const TextStyle& style);

// One line, for --quiet.
[[nodiscard]] std::string to_line(const FleetAnswer& answer);

} // namespace wta
