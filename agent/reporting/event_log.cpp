#include "agent/reporting/event_log.h"

#include "common/report/run_events.h"

namespace wta {

void report_events(const StatusReport& report, Registry* history, const EventWriter& write) {
    if (history == nullptr || report.what_if) return;
    const RunEvents run = events_of(report, read_last_told(*history));
    for (const Event& event : run.changes) write(event);
    if (!run.told || !write_last_told(*history, *run.told)) return;
    for (const Event& event : run.situation) write(event);
}

} // namespace wta
