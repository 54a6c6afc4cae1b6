// The reporting of one run, put together from its settings.
#pragma once

#include "agent/commands/options.h"
#include "agent/reporting/reporting.h"
#include "common/ports/registry.h"
#include "common/settings/settings.h"

#include <memory>

namespace wta {

// What a run spends on deliveries after its result is out.
inline constexpr std::chrono::seconds delivery_time{5};

// Null: the settings name no place, the run only asks (--what-if), this process may not keep reports
// (Windows: it is not elevated), or the folder for them cannot be used; then `header` says so. Otherwise
// `header` gets what became of earlier reports. `registry` tells which machine this is; null: it is not
// known, or an image is worked on.
[[nodiscard]] std::unique_ptr<Reporting> open_reporting(const Options& options, const Settings& settings,
                                                        Registry* registry, StatusReport& header);

// Nothing happens when `reporting` is null.
void deliver_reports(Reporting* reporting);

} // namespace wta
