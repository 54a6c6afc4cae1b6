// A fleet, and the answer to a question about it, as one JSON document; documented in packaging/operating.md.
#pragma once

#include "common/fleet/fleet_summary.h"
#include "common/fleet/readiness.h"

#include <boost/json/fwd.hpp>
#include <string>

namespace wta {

// Each machine on a line of its own, so that a hundred thousand of them are never one tree in memory.
[[nodiscard]] std::string to_json_text(const Fleet& fleet, const FleetSummary& summary);
[[nodiscard]] std::string to_json_text(const Fleet& fleet, const FleetSummary& summary,
                                       const FleetAnswer& answer);

// The parts that are small, also for the page.
[[nodiscard]] boost::json::object counts_json(const Fleet& fleet, const FleetSummary& summary);
[[nodiscard]] boost::json::array unreadable_json(const Fleet& fleet);

} // namespace wta
