// Which program a service may run: one that nobody can exchange who is not trusted with the whole machine.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <optional>
#include <string>

namespace wta::platform {

// Where `program` lies in truth, behind links and drive letters that stand for folders: C:\folder\file, or
// \\server\share\file. Errors: not_found, access_denied, io.
[[nodiscard]] Result<std::filesystem::path> real_path(const std::filesystem::path& program);

// Nothing when a service may run the program at `real`; otherwise a sentence: it lies on a share or on a
// medium that can be taken out, or ordinary users can change it. This process' own user is trusted, unless it
// is LocalSystem.
[[nodiscard]] std::optional<std::string> why_not_for_a_service(const std::filesystem::path& real);

} // namespace wta::platform
