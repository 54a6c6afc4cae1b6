// Which file an open handle stands for, and in which state.
#pragma once

#include "agent/platform/mapped_file.h"
#include "agent/platform/windows/handle.h"

namespace wta::platform {

// Volume and number of the file, its size, and when it was last written and last changed in any way, to
// 100 ns.
[[nodiscard]] Result<FileIdentity> identity_of(const Handle& handle);

} // namespace wta::platform
