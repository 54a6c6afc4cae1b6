// Systems other than Windows: no event log, no folder of logs.
#include "agent/reporting/system_records.h"

namespace wta {

EventWriter system_event_writer() {
    return [](const Event&) {};
}

Result<std::optional<std::filesystem::path>> system_log_file(const std::string& /*name*/) {
    return std::nullopt;
}

} // namespace wta
