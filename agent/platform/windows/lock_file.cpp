#include "agent/platform/windows/lock_file.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"

namespace wta::platform {
namespace {

// One that stays lies in our own folder, where nobody else puts links.
Result<void> check_is_plain(const Handle& file, const std::string& name, const std::string& shown) {
    FILE_ATTRIBUTE_TAG_INFO info{};
    if (::GetFileInformationByHandleEx(file.get(), FileAttributeTagInfo, &info, sizeof info) == 0)
        return windows_failure("examine the lock of " + shown, ::GetLastError());
    if ((info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) return {};
    return refuse(ReasonCode::state_folder_not_protected,
                  "the file \"" + name + "\" in " + shown + " is a link; remove it, then run again",
                  ErrorCode::unusable);
}

} // namespace

// While the file is open, its share mode lets nobody else open it.
Result<Handle> hold_lock_file(const std::filesystem::path& folder, const std::string& name, AfterUse after) {
    const std::string shown = "folder " + quoted_path(folder);
    const auto full = full_path(folder);
    if (!full) return std::unexpected(full.error());
    const bool goes = after == AfterUse::goes;
    const DWORD access = GENERIC_READ | GENERIC_WRITE | (goes ? DELETE : 0U);
    const DWORD flags = FILE_FLAG_OPEN_REPARSE_POINT | (goes ? FILE_FLAG_DELETE_ON_CLOSE : 0U);
    Handle file(::CreateFileW((*full + L'\\' + to_wide(name)).c_str(), access, 0, nullptr, OPEN_ALWAYS,
                              FILE_ATTRIBUTE_NORMAL | flags, nullptr));
    const DWORD number = ::GetLastError();
    if (!is_open(file)) {
        if (number != ERROR_SHARING_VIOLATION) return windows_failure("lock " + shown, number);
        return fail(ErrorCode::busy, "the file \"" + name + "\" in " + shown + " is held by another process",
                    static_cast<int>(number));
    }
    // A link in the place of a lock that goes is held itself, and goes.
    if (!goes) WTA_TRY(check_is_plain(file, name, shown));
    return file;
}

} // namespace wta::platform
