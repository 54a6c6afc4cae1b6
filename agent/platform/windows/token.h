// Who runs this process.
#pragma once

#include <optional>
#include <string>

namespace wta::platform {

// The user's SID as text, S-1-5-21-…; nothing for LocalSystem, or when it cannot be found out.
[[nodiscard]] std::optional<std::string> own_user();

// Whether the token can do what ordinary users cannot. What cannot be found out counts as elevated: then more
// is checked.
[[nodiscard]] bool token_is_elevated();

} // namespace wta::platform
