// What the sinks that keep the newest report in a file have in common.
#pragma once

#include "agent/reporting/sink.h"

#include <filesystem>

namespace wta {

// Puts `content` in the place of the file; whoever may enter its folder may read it. `setting` names what to
// correct where that does not work.
[[nodiscard]] Delivery put_file(const std::filesystem::path& file, std::string_view content,
                                std::string_view setting);

// The same with a file "NAME.test" beside it, which is removed again.
[[nodiscard]] Delivery try_file(const std::filesystem::path& file, std::string_view content,
                                std::string_view setting);

} // namespace wta
