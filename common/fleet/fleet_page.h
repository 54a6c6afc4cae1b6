// A fleet as one page that needs nothing else: no network, no server, no other file.
//
// Nothing in a report becomes markup or script: what is static is escaped, the data of the machines are JSON
// in a block that cannot be left, and the script sets texts only. The page's own policy allows exactly its
// one style and its one script, by their digests, and no address to load from or send to.
#pragma once

#include "common/fleet/fleet_summary.h"

#include <string>
#include <string_view>

namespace wta {

// `folder` is where the reports were read.
[[nodiscard]] std::string to_html(const Fleet& fleet, const FleetSummary& summary, std::string_view folder);

} // namespace wta
