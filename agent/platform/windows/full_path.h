// Paths in the form that Windows takes literally, of any length: \\?\C:\folder\file,
// \\?\UNC\server\share\file.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace wta::platform {

// For sentences: in quotes, printable, as people write paths.
[[nodiscard]] std::string quoted_path(const std::filesystem::path& path);

// Absolute, as Windows itself completes it. Errors: invalid (it names a device: NUL, COM1, \\.\…,
// \\?\GLOBALROOT…), not_found (no path at all).
[[nodiscard]] Result<std::wstring> full_path(const std::filesystem::path& path);

// The path of what Windows found at `found`, as GetFinalPathNameByHandle() gives it, in the way that people
// write it; full_path() leads back. Errors: invalid (it does not: where a folder ends in a dot, or the last
// part in a dot or a blank, Windows would read the path as that of another file).
[[nodiscard]] Result<std::filesystem::path> path_of_literal(const std::wstring& found);

// Where the name of the volume or share ends in a full path, its backslash included.
[[nodiscard]] std::size_t root_length(std::wstring_view full);

} // namespace wta::platform
