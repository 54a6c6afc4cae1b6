// Finds the SOFTWARE hive that a path stands for and decides whether it may be worked on.
#pragma once

#include "agent/endpoint/hive_registry.h"
#include "common/base/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

struct ImageFile {
    std::filesystem::path typed; // as the user would type it
    std::filesystem::path real;  // after all symbolic links: the file that is read and replaced
};

// Refuses with image_not_found, access_denied, image_in_use (the hive of the running Windows).
[[nodiscard]] Result<ImageFile> locate_image(const std::filesystem::path& path);

// `logs_of`: the hive whose logs count; the same file, or the one that `file` is going to replace.
// Refuses with image_damaged, image_dirty, image_in_use, access_denied.
[[nodiscard]] Result<CheckedHive> check_image(const std::filesystem::path& file,
                                              const std::filesystem::path& logs_of);

// Which other hive has these sub-keys under its root: "a user's NTUSER.DAT", "SYSTEM", …; nothing when it may
// be SOFTWARE: then it has none, or Microsoft or Policies among them.
[[nodiscard]] std::optional<std::string> other_hive(const std::vector<std::string>& root_subkeys);

} // namespace wta
