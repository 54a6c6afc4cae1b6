// Small files that are there as a whole or not at all, and outlast a power failure once a call has returned.
//
// Never follows a link in the place of the file itself; the folders on the way are the caller's business
// (private_folder.h, writable_by_others()). Errors: access_denied, read_only, not_found (the folder), busy
// (Windows: somebody holds the file), io (a full disk).
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wta::platform {

// What a file is called while it is written; one that a killed run left is overwritten by the next.
inline constexpr std::string_view unfinished_suffix = ".new";

// On Linux; on Windows the folder's access list says who may read.
enum class Readers { owner, everybody };

// Writes `file` anew, in the place of one that is there. One writer of a file at a time.
[[nodiscard]] Result<void> write_whole(const std::filesystem::path& file, std::string_view content,
                                       Readers readers = Readers::owner);

// The folder and those above it, where they are missing. Errors: access_denied, read_only, not_found (the
// drive or share), invalid (Windows: it names a device), io.
[[nodiscard]] Result<void> make_folders(const std::filesystem::path& folder);

// One that is not there is removed already.
[[nodiscard]] Result<void> remove_file(const std::filesystem::path& file);

// To another name on the same file system, in the place of what is there.
[[nodiscard]] Result<void> move_file(const std::filesystem::path& from, const std::filesystem::path& to);

struct ListedFile {
    std::string name;        // UTF-8
    std::uintmax_t size = 0; // bytes
    bool operator==(const ListedFile&) const = default;
};
// The regular files in a folder, sorted by name. not_found: there is no such folder.
[[nodiscard]] Result<std::vector<ListedFile>> list_files(const std::filesystem::path& folder);

} // namespace wta::platform
