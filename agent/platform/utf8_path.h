// Paths as settings, registries and command lines have them: in UTF-8 on every system. From a plain string
// they would be taken for text of the C locale.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace wta::platform {

[[nodiscard]] inline std::filesystem::path path_from_utf8(std::string_view text) {
    return std::u8string(text.begin(), text.end());
}

} // namespace wta::platform
