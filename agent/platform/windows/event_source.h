// The source under which the agent writes to the event log "Application".
#pragma once

#include "common/base/result.h"

#include <filesystem>

namespace wta::platform {

// Tells the event log that `program` holds the texts of the source WsusTrustAgent; again makes no difference.
// Needs elevation. Errors: access_denied, io.
[[nodiscard]] Result<void> register_event_source(const std::filesystem::path& program);

// True also when there is none. What was logged stays, without its texts. Needs elevation. Errors:
// access_denied, io.
[[nodiscard]] Result<void> remove_event_source();

} // namespace wta::platform
