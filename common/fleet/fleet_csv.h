// A fleet, and the answer to a question about it, as CSV (RFC 4180): a header, one line for each machine,
// then one for each file that could not be read.
//
// A field that begins with = + - @ or a tab or CR gets an apostrophe in front, because spreadsheets would run
// it as a formula, and its text comes from strangers.
#pragma once

#include "common/fleet/fleet_summary.h"
#include "common/fleet/readiness.h"

#include <string>
#include <string_view>

namespace wta {

[[nodiscard]] std::string to_csv(const Fleet& fleet, const FleetSummary& summary);
[[nodiscard]] std::string to_csv(const Fleet& fleet, const FleetAnswer& answer);

// One field, guarded, and quoted where it must be.
[[nodiscard]] std::string csv_field(std::string_view text);

} // namespace wta
