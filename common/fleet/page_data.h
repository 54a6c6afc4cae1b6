// What the script of the page reads: every machine, with the texts that they have in common kept once.
#pragma once

#include "common/fleet/fleet_summary.h"

#include <string>
#include <string_view>

namespace wta {

// JSON that may stand in a <script> element.
[[nodiscard]] std::string page_data(const Fleet& fleet, const FleetSummary& summary);

// Escapes what could end the element or a line of script: < > & U+2028 U+2029. The same value, as JSON.
[[nodiscard]] std::string inside_script(std::string_view json);

} // namespace wta
