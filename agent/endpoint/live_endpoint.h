// The Windows machine that the program runs on: its registry through Win32, its stores and chains through
// CryptoAPI.
#pragma once

#include "agent/endpoint/endpoint.h"

#include <memory>

namespace wta {

// Opens HKEY_LOCAL_MACHINE\SOFTWARE, 64-bit view. To change it, takes the lock of the machine first; that,
// and every write, needs elevation. Refuses with access_denied, busy, state_folder_not_protected. A build for
// another system refuses with usage_error.
[[nodiscard]] Result<std::unique_ptr<Endpoint>> open_live(Use use);

// The same registry to look at only, for what stands in it beside the endpoint. Null in a build for another
// system.
[[nodiscard]] std::unique_ptr<Registry> open_live_registry();

} // namespace wta
