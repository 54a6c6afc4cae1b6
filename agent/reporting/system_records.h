// Where this system keeps records of what its programs did: an event log, and a folder for log files.
#pragma once

#include "agent/reporting/event_log.h"
#include "common/base/result.h"

#include <filesystem>
#include <optional>
#include <string>

namespace wta {

// On systems other than Windows: one that writes nothing.
[[nodiscard]] EventWriter system_event_writer();

// %ProgramData%\WsusTrustAgent\Logs\NAME. The folder is made when it is missing, with an access list for
// SYSTEM and Administrators alone. It is looked at each time, and refused with log_not_protected when others
// can write it, or when it or the file is a link. Nothing on systems other than Windows: there the messages
// on stderr are kept by whoever starts the program. Errors: also access_denied, io.
[[nodiscard]] Result<std::optional<std::filesystem::path>> system_log_file(const std::string& name);

} // namespace wta
