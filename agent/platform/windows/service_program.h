// Which program a service may run: one that nobody can exchange who is not trusted with the whole machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace wta::platform {

// Nothing when a service may run the program at `real` (as real_path() gives it); otherwise a sentence: it
// lies on a share or on a medium that can be taken out, or ordinary users can change it. This process' own
// user is trusted, unless it is LocalSystem.
[[nodiscard]] std::optional<std::string> why_not_for_a_service(const std::filesystem::path& real);

} // namespace wta::platform
