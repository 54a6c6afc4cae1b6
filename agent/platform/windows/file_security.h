// Who, apart from administrators, can change a file: asks its owner and its access list.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace wta::platform {

// Nothing when only SYSTEM, Administrators, TrustedInstaller, domain and enterprise administrators (and, where
// this process is not LocalSystem, its own user) can put other content in the place of `path`; otherwise a
// sentence that says who could. Looks at `path` itself and, where `with_parents`, at every folder that leads to it.
[[nodiscard]] std::optional<std::string> who_could_change(const std::filesystem::path& path, bool with_parents);

} // namespace wta::platform
