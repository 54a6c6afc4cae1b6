// The registry policy files of the machine that the program runs on.
#pragma once

#include "common/trust/owner.h"

#include <filesystem>

namespace wta {

// What stands in a policy folder of Windows and in the folder of all users' data, wherever these are.
[[nodiscard]] PolicyFiles read_policy_files_in(const std::filesystem::path& system_folder,
                                               const std::filesystem::path& program_data);

// Of this machine: the folders are asked of Windows, whatever the environment says.
[[nodiscard]] PolicyFiles read_policy_files();

} // namespace wta
