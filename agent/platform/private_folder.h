// A folder that the agent keeps things in and that nobody but administrators can write.
#pragma once

#include "common/base/result.h"

#include <filesystem>

namespace wta::platform {

// Creates it when it is missing, for this user (Linux) or SYSTEM and Administrators (Windows) alone. Where
// there is one already, it must be a folder, no link, and writable by nobody else; nor may anybody else be
// able to put another one in its place. Errors: state_folder_not_protected, access_denied, io. On Windows it
// needs elevation.
[[nodiscard]] Result<void> ensure_private_folder(const std::filesystem::path& folder);

// The folder where reports wait unless the settings name one: C:\ProgramData\WsusTrustAgent\Spool,
// /var/lib/wsus-trust-agent/spool. Made when it is missing; the same errors.
[[nodiscard]] Result<std::filesystem::path> default_spool_folder();

} // namespace wta::platform
