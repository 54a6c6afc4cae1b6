// What kind of source a location names: decided once, for the settings and for the transports.
#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

namespace wta {

enum class SourceKind { https, http, file, unc };

// https:// and http:// need a host, no user information, no fragment, no spaces. Control and invisible
// characters and spaces at either end are refused everywhere. A path (POSIX, C:\…) is a file;
// \\server\share\file and //server/share/file are UNC. Refused are device paths
// (\\?\, \\.\), paths relative to a drive (C:x) or its root (\x), file: and any other scheme.
// Refuses with settings_invalid.
[[nodiscard]] Result<SourceKind> source_kind(std::string_view location);

} // namespace wta
