// UTF-16 for Windows, UTF-8 for everybody else: the only place where the two meet.
#pragma once

#include <string>
#include <string_view>

namespace wta::platform {

// What is no valid UTF-8 becomes U+FFFD, as does each unpaired surrogate on the way back.
[[nodiscard]] std::wstring to_wide(std::string_view utf8);
[[nodiscard]] std::string from_wide(std::wstring_view wide);

} // namespace wta::platform
