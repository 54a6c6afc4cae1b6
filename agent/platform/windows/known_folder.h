// Folders that Windows itself knows, whatever the environment says.
#pragma once

#include "common/base/result.h"

#include <filesystem>

namespace wta::platform {

// %ProgramData%\WsusTrustAgent: settings and state of the agent, of all users. Errors: io.
[[nodiscard]] Result<std::filesystem::path> shared_folder();

} // namespace wta::platform
