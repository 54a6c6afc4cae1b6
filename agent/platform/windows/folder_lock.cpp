#include "agent/platform/folder_lock.h"

namespace wta::platform {

struct FolderLock::Held {};

FolderLock::FolderLock(std::unique_ptr<Held> held) : held_(std::move(held)) {}
FolderLock::FolderLock(FolderLock&&) noexcept = default;
FolderLock& FolderLock::operator=(FolderLock&&) noexcept = default;
FolderLock::~FolderLock() = default;

Result<FolderLock> FolderLock::acquire(const std::filesystem::path& /*folder*/) {
    return fail(ErrorCode::io, "nobody has looked yet");
}

} // namespace wta::platform
