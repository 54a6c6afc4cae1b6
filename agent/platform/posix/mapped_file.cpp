#include "agent/platform/mapped_file.h"

#include "agent/platform/c_error.h"
#include "agent/platform/posix/file_descriptor.h"
#include "common/base/utf.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace wta::platform {
namespace {

std::string quoted(const std::filesystem::path& path) { return "\"" + printable(path.string()) + "\""; }

std::int64_t nanoseconds(const struct timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_nsec};
}

FileIdentity identity_of(const struct stat& status) {
    return {.device = status.st_dev,
            .inode = status.st_ino,
            .size = static_cast<std::uint64_t>(status.st_size),
            .modified = nanoseconds(status.st_mtim),
            .changed = nanoseconds(status.st_ctim)};
}

} // namespace

Result<FileIdentity> identify(const std::filesystem::path& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return os_failure("examine " + quoted(file), errno);
    return identity_of(status);
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& file, std::uint64_t limit) {
    // O_NONBLOCK: opening a pipe would wait for a writer.
    const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.valid()) {
        const int number = errno;
        if (number == ENXIO) return fail(ErrorCode::invalid, quoted(file) + " is not a regular file", number);
        return os_failure("open " + quoted(file), number);
    }
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return os_failure("examine " + quoted(file), errno);
    if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, quoted(file) + " is not a regular file");
    const FileIdentity identity = identity_of(status);
    if (identity.size > limit) {
        return fail(ErrorCode::invalid, quoted(file) + " has " + std::to_string(identity.size) +
                                            " bytes; more than " + std::to_string(limit) + " are not read");
    }
    if (identity.size == 0) return MappedFile({}, identity);
    void* const address = ::mmap(nullptr, identity.size, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (address == MAP_FAILED) return os_failure("map " + quoted(file), errno); // NOLINT: the macro casts
    return MappedFile({static_cast<std::byte*>(address), identity.size}, identity);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : mapping_(std::exchange(other.mapping_, {})), identity_(other.identity_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(mapping_, other.mapping_);
    std::swap(identity_, other.identity_);
    return *this;
}

MappedFile::~MappedFile() {
    if (!mapping_.empty()) ::munmap(mapping_.data(), mapping_.size());
}

} // namespace wta::platform
