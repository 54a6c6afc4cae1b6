// A new version of a file, written beside it, that takes its place in one step or leaves no trace.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <memory>

namespace wta::platform {

// Could a new version take the place of `original`? Looks at the file, its folder and the file system; writes
// nothing. Errors: access_denied, read_only, not_found, io.
[[nodiscard]] Result<void> may_replace(const std::filesystem::path& original);

// Removes what a killed run left behind beside `original`. Hold the folder's lock: another run's file looks
// the same.
void remove_stale_replacements(const std::filesystem::path& original);

class ReplacementFile {
public:
    // Creates an empty file in the folder of `original`, for its owner only. Errors: access_denied,
    // read_only, io.
    [[nodiscard]] static Result<ReplacementFile> create(const std::filesystem::path& original);

    ReplacementFile(ReplacementFile&&) noexcept;
    ReplacementFile& operator=(ReplacementFile&&) noexcept;
    ~ReplacementFile(); // removes the new file unless it has replaced the original

    [[nodiscard]] const std::filesystem::path& path() const;

    // Gives the new file the owner, group, mode and extended attributes of the original (also the NTFS ones,
    // which are not listed).
    Result<void> take_attributes();

    // The new content is on the medium after this. Also checks that path() still is the file that was
    // created.
    Result<void> sync();

    // Renames the new file over the original and makes that durable. An error with the reason not_verified:
    // it was replaced, and that may not outlast a power failure; with every other one it was not.
    Result<void> replace();

private:
    struct File;
    explicit ReplacementFile(std::unique_ptr<File> file);
    std::unique_ptr<File> file_;
};

} // namespace wta::platform
