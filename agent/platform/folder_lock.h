// Keeps a second run away from a folder for as long as the lock lives.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <memory>

namespace wta::platform {

// Advisory: only runs of this program look at it. Released at destruction and when the process dies, however
// it dies.
class FolderLock {
public:
    // Never waits. Errors: busy (held by another run, or by this one), not_found, access_denied, io.
    [[nodiscard]] static Result<FolderLock> acquire(const std::filesystem::path& folder);

    // The same of a folder that is not our own: nothing of the lock is left in it. On Windows, where it is a
    // file, a folder into which this user cannot put one needs none: it can change nothing there.
    [[nodiscard]] static Result<FolderLock> acquire_without_trace(const std::filesystem::path& folder);

    FolderLock(FolderLock&&) noexcept;
    FolderLock& operator=(FolderLock&&) noexcept;
    ~FolderLock();

private:
    struct Held;
    explicit FolderLock(std::unique_ptr<Held> held);
    std::unique_ptr<Held> held_;
};

} // namespace wta::platform
