#include "agent/platform/folder_lock.h"

#include "agent/platform/c_error.h"
#include "agent/platform/posix/file_descriptor.h"
#include "common/base/utf.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace wta::platform {

struct FolderLock::Held {
    FileDescriptor folder;
};

FolderLock::FolderLock(std::unique_ptr<Held> held) : held_(std::move(held)) {}
FolderLock::FolderLock(FolderLock&&) noexcept = default;
FolderLock& FolderLock::operator=(FolderLock&&) noexcept = default;
FolderLock::~FolderLock() = default;

Result<FolderLock> FolderLock::acquire(const std::filesystem::path& folder) {
    const std::string shown = "\"" + printable(folder.string()) + "\"";
    FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return os_failure("open folder " + shown, errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        const int number = errno;
        if (number != EWOULDBLOCK) return os_failure("lock folder " + shown, number);
        return refuse(ReasonCode::busy,
                      "another run is changing something in folder " + shown +
                          "; wait until it has ended, then run again",
                      ErrorCode::busy, number);
    }
    return FolderLock(std::make_unique<Held>(std::move(fd)));
}

// The folder itself is locked.
Result<FolderLock> FolderLock::acquire_without_trace(const std::filesystem::path& folder) {
    return acquire(folder);
}

} // namespace wta::platform
