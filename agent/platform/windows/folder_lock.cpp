#include "agent/platform/folder_lock.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/lock_file.h"

namespace wta::platform {

struct FolderLock::Held {
    Handle file;
};

FolderLock::FolderLock(std::unique_ptr<Held> held) : held_(std::move(held)) {}
FolderLock::FolderLock(FolderLock&&) noexcept = default;
FolderLock& FolderLock::operator=(FolderLock&&) noexcept = default;
FolderLock::~FolderLock() = default;

Result<FolderLock> FolderLock::acquire(const std::filesystem::path& folder) {
    auto file = hold_lock_file(folder, "lock");
    if (file) return FolderLock(std::make_unique<Held>(*std::move(file)));
    if (file.error().code != ErrorCode::busy) return std::unexpected(file.error());
    return refuse(ReasonCode::busy,
                  "another run is changing something in folder " + quoted_path(folder) +
                      "; wait until it has ended, then run again",
                  ErrorCode::busy, file.error().os_code);
}

} // namespace wta::platform
