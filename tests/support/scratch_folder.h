// A folder of its own for one test, with its files as bytes.
#pragma once

#include "common/base/bytes.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wta::test {

// Throws std::runtime_error when the file system does not play along: that is no result of a test.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    // The names of all entries, sorted.
    [[nodiscard]] std::vector<std::string> names() const;

private:
    std::filesystem::path path_;
};

// Creates the folders on the way.
void write_bytes(const std::filesystem::path& file, ByteView bytes);
void write_text(const std::filesystem::path& file, std::string_view text);
[[nodiscard]] Bytes read_bytes(const std::filesystem::path& file);

} // namespace wta::test
