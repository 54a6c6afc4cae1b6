// Security identifiers of Windows as text.
#pragma once

#include <string>

namespace wta::platform {

// S-1-5-32-544; empty when `sid` (a PSID, or nullptr) is none.
[[nodiscard]] std::string sid_text(void* sid);

// As people know it, BUILTIN\Users, in the system's language; the SID itself where nobody knows a name. May
// ask a domain controller.
[[nodiscard]] std::string account_name(const std::string& sid);

} // namespace wta::platform
