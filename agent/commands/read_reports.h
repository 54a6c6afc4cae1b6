// Reads a folder of report files, as the agents of a fleet write them.
#pragma once

#include "common/fleet/fleet.h"

#include <filesystem>

namespace wta {

// Every file of the folder itself whose name ends in .json and does not begin with a dot; sub-folders are not
// entered. One that is no report is part of the result, with the reason. Errors: of the folder.
[[nodiscard]] Result<Fleet> read_reports(const std::filesystem::path& folder, Timestamp now);

} // namespace wta
