// Windows: the event log, and a folder of its own for the logs of the agent.
#include "agent/platform/windows/event_source.h"
#include "agent/platform/windows/state_folder.h"
#include "agent/reporting/system_records.h"

namespace wta {
namespace {

// The state folder is somebody else's: for the log that is no reason to stop.
Error as_log_error(Error error) {
    if (error.reason == ReasonCode::state_folder_not_protected) error.reason = ReasonCode::log_not_protected;
    return error;
}

Result<std::filesystem::path> protected_log_file(const std::string& name) {
    auto folder = platform::protected_state_folder();
    if (!folder) return folder;
    const std::filesystem::path logs = *folder / "Logs";
    WTA_TRY(platform::ensure_protected_folder(logs));
    WTA_TRY(platform::check_plain_file(logs / name));
    return logs / name;
}

} // namespace

EventWriter system_event_writer() {
    return [](const Event& event) { static_cast<void>(platform::write_event(event)); };
}

Result<std::optional<std::filesystem::path>> system_log_file(const std::string& name) {
    auto file = protected_log_file(name);
    if (!file) return std::unexpected(as_log_error(file.error()));
    return *std::move(file);
}

} // namespace wta
