// The layer of settings that the command line makes: --set KEY=VALUE.
#pragma once

#include "common/settings/flat_settings.h"

#include <string>
#include <vector>

namespace wta {

// `words` are what was typed behind each --set. Relative paths are relative to the working folder.
[[nodiscard]] FlatLayer set_options(const std::vector<std::string>& words);

} // namespace wta
