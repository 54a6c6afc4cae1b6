// A file with a path that is filled again and again, cheaply: for what reads files and is tried often.
#pragma once

#include "common/base/bytes.h"

#include <filesystem>
#include <memory>

namespace wta::test {

class ReusedFile {
public:
    ReusedFile();
    ~ReusedFile();
    ReusedFile(const ReusedFile&) = delete;
    ReusedFile& operator=(const ReusedFile&) = delete;

    // In the place of what was in it. Throws std::runtime_error when there is no room.
    void fill(ByteView content) const;
    [[nodiscard]] std::filesystem::path path() const;

private:
    struct File;
    std::unique_ptr<File> file_;
};

} // namespace wta::test
