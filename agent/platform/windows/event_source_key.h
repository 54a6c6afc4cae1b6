// The key in which Event Viewer finds the program that holds the sentences of a source.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <windows.h>

namespace wta::platform {

// SYSTEM\CurrentControlSet\Services\EventLog\Application\WsusTrustAgent below `root`: HKEY_LOCAL_MACHINE, or
// what stands for it in a test. ("Event Sources" of the Windows SDK.) Errors: access_denied, io.
[[nodiscard]] Result<void> write_event_source_key(HKEY root, const std::filesystem::path& program);

// Done also when there is none. Errors: access_denied, io.
[[nodiscard]] Result<void> remove_event_source_key(HKEY root);

} // namespace wta::platform
