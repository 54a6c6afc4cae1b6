// Owner, group and access list of a file, as a whole.
#pragma once

#include "agent/platform/windows/handle.h"
#include "common/base/result.h"

namespace wta::platform {

// A security descriptor for a new file: this process' user may do everything with it, and nobody else
// anything.
[[nodiscard]] Result<LocalMemory<void>> for_this_user_only();

// Gives the file of `to` the owner, group and access list of that of `from`, entry by entry: inherited ones
// stay inherited. Not the audit list, which another privilege protects. `from` needs READ_CONTROL; `to`
// WRITE_DAC and WRITE_OWNER. Errors: access_denied (it belongs to somebody else), io.
[[nodiscard]] Result<void> copy_security(const Handle& from, const Handle& to);

} // namespace wta::platform
