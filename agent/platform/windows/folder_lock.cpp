#include "agent/platform/folder_lock.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/lock_file.h"

namespace wta::platform {
namespace {

std::unexpected<Error> told(const std::filesystem::path& folder, const Error& error) {
    if (error.code != ErrorCode::busy) return std::unexpected(error);
    return refuse(ReasonCode::busy,
                  "another run is changing something in folder " + quoted_path(folder) +
                      "; wait until it has ended, then run again",
                  ErrorCode::busy, error.os_code);
}

// Not when the folder cannot be looked at either.
bool takes_new_files(const std::filesystem::path& folder) {
    const auto full = full_path(folder);
    return full && is_open(Handle(::CreateFileW(
                       full->c_str(), FILE_ADD_FILE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr)));
}

} // namespace

struct FolderLock::Held {
    Handle file;
};

FolderLock::FolderLock(std::unique_ptr<Held> held) : held_(std::move(held)) {}
FolderLock::FolderLock(FolderLock&&) noexcept = default;
FolderLock& FolderLock::operator=(FolderLock&&) noexcept = default;
FolderLock::~FolderLock() = default;

Result<FolderLock> FolderLock::acquire(const std::filesystem::path& folder) {
    auto file = hold_lock_file(folder, "lock");
    if (!file) return told(folder, file.error());
    return FolderLock(std::make_unique<Held>(*std::move(file)));
}

Result<FolderLock> FolderLock::acquire_without_trace(const std::filesystem::path& folder) {
    auto file = hold_lock_file(folder, "wsus-trust-agent.lock", AfterUse::goes);
    if (file) return FolderLock(std::make_unique<Held>(*std::move(file)));
    const ErrorCode code = file.error().code;
    const bool denied = code == ErrorCode::access_denied || code == ErrorCode::read_only;
    if (!denied || takes_new_files(folder)) return told(folder, file.error());
    return FolderLock(std::make_unique<Held>());
}

} // namespace wta::platform
