// What lies where in a file system, with all its links; and names of files as text.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wta::platform {

enum class FileKind { nothing, folder, regular, other };

// What `path` leads to, through all links; a link to nothing leads to nothing. Errors: access_denied,
// not_found (links in a circle), busy (Windows: somebody lets nobody open it), io.
[[nodiscard]] Result<FileKind> kind_of(const std::filesystem::path& path);

// What bears that name itself. Follows no link but those of the folders on the way. Errors: access_denied,
// io.
enum class Entry { nothing, link, itself };
[[nodiscard]] Result<Entry> entry_at(const std::filesystem::path& path);

// The names of what is in a folder, in no order. Errors: access_denied, not_found, io.
[[nodiscard]] Result<std::vector<std::filesystem::path>> names_in(const std::filesystem::path& folder);

// Absolute and without any link: where the file or folder really is. Errors as of kind_of(); not_found;
// invalid (Windows: a name on the way that Windows would read as another one, such as "Windows.").
[[nodiscard]] Result<std::filesystem::path> real_path(const std::filesystem::path& path);

// Whether `real`, as real_path() gives it, is the file in which the running Windows keeps HKLM\SOFTWARE; on
// another system there is none.
[[nodiscard]] bool is_own_software_hive(const std::filesystem::path& real);

// In UTF-8; on Windows what is no text becomes U+FFFD. And back.
[[nodiscard]] std::string text_of(const std::filesystem::path& path);
[[nodiscard]] std::filesystem::path path_of(std::string_view text);

// What a library written in C opens the file by: on Windows an absolute path in UTF-8, of any length. Errors:
// invalid (a name that is no text: in UTF-8 it would be another one).
[[nodiscard]] Result<std::string> name_for_libraries(const std::filesystem::path& path);

} // namespace wta::platform
