// The Windows event log, Application, under the source WsusTrustAgent.
#pragma once

#include "common/base/result.h"
#include "common/report/events.h"

#include <filesystem>

namespace wta::platform {

// One entry; returns when the log has it. Where the source is not registered it is written all the same, and
// Event Viewer shows the strings alone. Errors: access_denied, io.
[[nodiscard]] Result<void> write_event(const Event& event);

// Tells Event Viewer that `program` (an absolute path) holds the sentences; again makes no difference. Needs
// elevation. Errors: access_denied, io.
[[nodiscard]] Result<void> register_event_source(const std::filesystem::path& program);

// Done also when there is none. What was written stays, without its sentences. Needs elevation. Errors:
// access_denied, io.
[[nodiscard]] Result<void> remove_event_source();

} // namespace wta::platform
