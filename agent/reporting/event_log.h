// Tells the event log of the system what a run came to; it never changes what the run answers.
#pragma once

#include "common/ports/registry.h"
#include "common/report/events.h"
#include "common/report/status_report.h"

#include <functional>

namespace wta {

// Writes one event. One that cannot be written is lost.
using EventWriter = std::function<void(const Event&)>;

// After each check, repair, undo or distrust of a live machine; what is told follows events_of(). `history`
// is where the endpoint may remember; null (an image, or no right to): nothing is told, because an ordinary
// user who runs checks would fill the log. What cannot be remembered is not told either, but for changes.
void report_events(const StatusReport& report, Registry* history, const EventWriter& write);

} // namespace wta
