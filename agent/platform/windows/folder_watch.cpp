#include "agent/platform/windows/folder_watch.h"

#include "agent/platform/windows/full_path.h"

#include <windows.h>

#include <set>
#include <string>

namespace wta::platform {
namespace {

constexpr DWORD file_changes = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_LAST_WRITE |
                               FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_DIR_NAME |
                               FILE_NOTIFY_CHANGE_SECURITY;

struct CloseChange {
    using pointer = HANDLE;
    void operator()(HANDLE handle) const { ::FindCloseChangeNotification(handle); }
};
using Change = std::unique_ptr<HANDLE, CloseChange>;

// Null when it cannot be watched.
Change watch(const std::wstring& folder, DWORD what) {
    HANDLE handle = ::FindFirstChangeNotificationW(folder.c_str(), FALSE, what);
    return Change(handle == INVALID_HANDLE_VALUE ? nullptr : handle);
}

} // namespace

struct FolderWatch::Armed {
    std::vector<Change> changes;
    std::set<std::wstring> folders;

    bool add(const std::wstring& folder, DWORD what) {
        if (folders.contains(folder)) return true;
        Change change = watch(folder, what);
        if (!change) return false;
        changes.push_back(std::move(change));
        folders.insert(folder);
        return true;
    }
};

FolderWatch::FolderWatch() : armed_(std::make_unique<Armed>()) {}

FolderWatch::~FolderWatch() = default;

void FolderWatch::arm(std::span<const std::filesystem::path> folders) {
    armed_ = std::make_unique<Armed>();
    for (const std::filesystem::path& folder : folders) {
        const auto full = full_path(folder);
        if (!full) continue;
        std::wstring existing = *full;
        bool watched = armed_->add(existing, file_changes);
        while (!watched && existing.size() > root_length(existing)) {
            existing.resize(existing.find_last_of(L'\\'));
            if (existing.size() < root_length(*full)) existing += L'\\'; // the root keeps its backslash
            watched = armed_->add(existing, FILE_NOTIFY_CHANGE_DIR_NAME);
        }
    }
}

std::vector<void*> FolderWatch::handles() const {
    std::vector<void*> list;
    for (const Change& change : armed_->changes) list.push_back(change.get());
    return list;
}

} // namespace wta::platform
