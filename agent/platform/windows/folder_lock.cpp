#include "agent/platform/folder_lock.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/os_error.h"

namespace wta::platform {
namespace {

constexpr std::wstring_view lock_name = L"\\lock";

// A link that was planted would make another file stand for the lock.
Result<void> check_is_plain(const Handle& file, const std::string& shown) {
    FILE_ATTRIBUTE_TAG_INFO info{};
    if (::GetFileInformationByHandleEx(file.get(), FileAttributeTagInfo, &info, sizeof info) == 0)
        return windows_failure("examine the lock of " + shown, ::GetLastError());
    if ((info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) return {};
    return refuse(ReasonCode::state_folder_not_protected,
                  "the file \"lock\" in " + shown + " is a link; remove it, then run again",
                  ErrorCode::unusable);
}

} // namespace

struct FolderLock::Held {
    Handle file;
};

FolderLock::FolderLock(std::unique_ptr<Held> held) : held_(std::move(held)) {}
FolderLock::FolderLock(FolderLock&&) noexcept = default;
FolderLock& FolderLock::operator=(FolderLock&&) noexcept = default;
FolderLock::~FolderLock() = default;

// While the file is open, its share mode lets nobody else open it. It stays where it is, empty.
Result<FolderLock> FolderLock::acquire(const std::filesystem::path& folder) {
    const std::string shown = "folder " + quoted_path(folder);
    const auto full = full_path(folder);
    if (!full) return std::unexpected(full.error());
    Handle file(::CreateFileW((*full + std::wstring(lock_name)).c_str(), GENERIC_READ | GENERIC_WRITE, 0,
                              nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT,
                              nullptr));
    const DWORD number = ::GetLastError();
    if (!is_open(file)) {
        if (number != ERROR_SHARING_VIOLATION) return windows_failure("lock " + shown, number);
        return refuse(ReasonCode::busy,
                      "another run is changing something in " + shown +
                          "; wait until it has ended, then run again",
                      ErrorCode::busy, static_cast<int>(number));
    }
    WTA_TRY(check_is_plain(file, shown));
    return FolderLock(std::make_unique<Held>(std::move(file)));
}

} // namespace wta::platform
