// Folders that Windows itself knows, whatever the environment says.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace wta::platform {

// %ProgramData%. Errors: io.
[[nodiscard]] Result<std::filesystem::path> program_data();

// %windir%\System32. Errors: io.
[[nodiscard]] Result<std::filesystem::path> system_folder();

// %ProgramData%\WsusTrustAgent: settings and state of the agent, of all users. Errors: io.
[[nodiscard]] Result<std::filesystem::path> shared_folder();

// A folder as the registry names it, with `drive` ("C:") in place of a leading %SystemDrive%; nothing when
// another variable stands in it, or it is not the whole path of a folder on a drive.
[[nodiscard]] std::optional<std::wstring> without_variable(std::wstring_view text, std::wstring_view drive);

} // namespace wta::platform
