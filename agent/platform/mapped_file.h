// A regular file's content as bytes, mapped for reading.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace wta::platform {

// Tells whether a path still names the same, unchanged file. The times are as the system counts them, and are
// only compared.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified = 0;
    std::int64_t changed = 0;
    bool operator==(const FileIdentity&) const = default;
};

[[nodiscard]] Result<FileIdentity> identify(const std::filesystem::path& file);

// When the file is truncated by somebody else, or a medium is taken out, touching what is gone is a memory
// fault: keep a CrashGuard while using it. On Windows nobody can replace or truncate the file meanwhile.
class MappedFile {
public:
    // Never waits, whatever `file` is. Errors: not_found, access_denied, invalid (no regular file, larger
    // than `limit`), busy (Windows: somebody, such as Windows itself, lets nobody open it), io.
    [[nodiscard]] static Result<MappedFile> open(const std::filesystem::path& file, std::uint64_t limit);

    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    [[nodiscard]] ByteView bytes() const { return mapping_; }
    [[nodiscard]] const FileIdentity& identity() const { return identity_; }

private:
    MappedFile(std::span<std::byte> mapping, const FileIdentity& identity)
        : mapping_(mapping), identity_(identity) {}
    std::span<std::byte> mapping_; // without const only because the system takes it back like this
    FileIdentity identity_;
};

} // namespace wta::platform
