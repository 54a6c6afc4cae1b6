// Who, apart from administrators, can decide what a path leads to, or read it.
#pragma once

#include "agent/platform/windows/file_security.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace wta::platform {

// Nothing when only administrators (and this process' own user, unless it is LocalSystem) can put other
// content in the place of `file`; otherwise a sentence that says who could. Looks at the file and at every
// folder and every link that leads to it, also where a drive letter stands for a folder.
[[nodiscard]] std::optional<std::string> who_could_redirect(const std::filesystem::path& file);

// Nothing when only those can read `file`, or what a link of that name leads to; otherwise a sentence that
// says who could.
[[nodiscard]] std::optional<std::string> who_could_read(const std::filesystem::path& file);

// What this asks of the file system.
struct PathReader {
    std::function<Result<Examined>(const std::wstring& full)> examine;
    // Where the root of a path really is: a drive letter may stand for a folder (SUBST) or for a share.
    std::function<std::wstring(const std::wstring& root)> real_root;
};
// `full` as full_path() makes it.
[[nodiscard]] std::optional<std::string> who_could_redirect(const std::wstring& full,
                                                            const PathReader& reader);

} // namespace wta::platform
