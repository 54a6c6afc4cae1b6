// The folder of the agent that only administrators can write: %ProgramData%\WsusTrustAgent.
#pragma once

#include "common/base/result.h"

#include <filesystem>

namespace wta::platform {

// Creates it when it is missing, with an access list of its own (SYSTEM and Administrators, nobody else;
// nothing inherited). Where there is one already: it must be a folder, no reparse point, owned by
// administrators and writable by nobody else, because every user may create folders in %ProgramData%. Errors:
// state_folder_not_protected, access_denied, io. Needs elevation.
[[nodiscard]] Result<std::filesystem::path> protected_state_folder();

// The same of any folder.
[[nodiscard]] Result<void> ensure_protected_folder(const std::filesystem::path& folder);

// A file in such a folder that is to be written on: where there is one already, it must be no folder and no
// link, left over from a time when others could write there. Errors: state_folder_not_protected,
// access_denied, io.
[[nodiscard]] Result<void> check_plain_file(const std::filesystem::path& file);

} // namespace wta::platform
