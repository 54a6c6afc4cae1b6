// The status report as JSON (config/status-report.schema.json, schemaVersion 1), and back.
#pragma once

#include "common/base/result.h"
#include "common/report/status_report.h"

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace wta {

[[nodiscard]] boost::json::value to_json(const StatusReport& report);

// Reads what to_json wrote, by this or a later version: unknown members are ignored, missing ones are empty.
// Errors: invalid (no JSON object, schemaVersion other than 1, a member of another type, deeper than 16
// levels).
[[nodiscard]] Result<StatusReport> report_from_json(std::string_view text);

} // namespace wta
