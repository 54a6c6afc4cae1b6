// A file in a folder that nobody else can open while it is held.
#pragma once

#include "agent/platform/windows/handle.h"
#include "common/base/result.h"

#include <filesystem>
#include <string>

namespace wta::platform {

enum class AfterUse { stays, goes };

// Never waits. The file stays where it is, empty, or goes with the handle, however the process ends. Errors:
// busy (held by another process, or by this one; with the number of Windows), unusable (a link is in its
// place), not_found (no folder), access_denied, io.
[[nodiscard]] Result<Handle> hold_lock_file(const std::filesystem::path& folder, const std::string& name,
                                            AfterUse after = AfterUse::stays);

} // namespace wta::platform
