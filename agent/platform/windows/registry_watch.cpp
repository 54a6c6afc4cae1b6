#include "agent/platform/windows/registry_watch.h"

#include "agent/platform/windows/event.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <optional>
#include <set>

namespace wta::platform {
namespace {

struct CloseKey {
    using pointer = HKEY;
    void operator()(HKEY key) const { ::RegCloseKey(key); }
};
using Key = std::unique_ptr<HKEY, CloseKey>;

constexpr REGSAM rights = KEY_NOTIFY | KEY_WOW64_64KEY;
constexpr DWORD names = REG_NOTIFY_CHANGE_NAME;
constexpr DWORD names_and_values = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET;

bool is_missing(LSTATUS status) {
    return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND || status == ERROR_KEY_DELETED;
}

LSTATUS open_key(HKEY hive, const std::wstring& path, Key& opened) {
    HKEY key = nullptr;
    const LSTATUS status = ::RegOpenKeyExW(hive, path.c_str(), 0, rights, &key);
    if (status == ERROR_SUCCESS) opened.reset(key);
    return status;
}

// Empty above the uppermost.
std::wstring parent_of(const std::wstring& path) {
    const std::size_t end = path.rfind(L'\\');
    return end == std::wstring::npos ? std::wstring() : path.substr(0, end);
}

} // namespace

// The event is new each time: that of keys which were closed is raised by the closing.
struct RegistryWatch::Armed {
    Event event;
    std::vector<Key> keys;
    std::set<std::wstring> above; // that are watched in place of missing ones

    bool notify(Key key, bool with_below, DWORD what) {
        const LSTATUS status =
            ::RegNotifyChangeKeyValue(key.get(), with_below ? TRUE : FALSE, what, event.handle(), TRUE);
        if (status == ERROR_SUCCESS) keys.push_back(std::move(key));
        return status == ERROR_SUCCESS;
    }

    // Nothing when the key has come meanwhile; otherwise whether what is above it is watched.
    std::optional<bool> watch_above(HKEY hive, const std::wstring& path) {
        std::wstring missing = path;
        for (std::wstring above_it = parent_of(path);; above_it = parent_of(above_it)) {
            Key opened;
            const LSTATUS status = open_key(hive, above_it, opened);
            if (status != ERROR_SUCCESS && !is_missing(status)) return false;
            if (status == ERROR_SUCCESS) {
                if (!above.contains(above_it)) {
                    if (!notify(std::move(opened), false, names)) return std::nullopt;
                    above.insert(above_it);
                }
                if (open_key(hive, missing, opened) == ERROR_SUCCESS) return std::nullopt;
                return true;
            }
            if (above_it.empty()) return false;
            missing = above_it;
        }
    }

    bool watch(HKEY hive, const std::wstring& path, bool with_below) {
        constexpr int attempts = 10; // at what comes and goes at the same time
        for (int attempt = 0; attempt < attempts; ++attempt) {
            Key opened;
            const LSTATUS status = open_key(hive, path, opened);
            if (status == ERROR_SUCCESS) {
                if (notify(std::move(opened), with_below, names_and_values)) return true;
            } else if (!is_missing(status)) {
                return false;
            } else if (const auto watched = watch_above(hive, path)) {
                return *watched;
            }
        }
        return false;
    }
};

RegistryWatch::RegistryWatch(WatchRoot root) : root_(std::move(root)), armed_(std::make_unique<Armed>()) {}

RegistryWatch::~RegistryWatch() = default;

std::vector<std::string> RegistryWatch::arm(std::span<const WatchedKey> keys) {
    armed_ = std::make_unique<Armed>();
    HKEY hive = root_.current_user ? HKEY_CURRENT_USER : HKEY_LOCAL_MACHINE;
    std::vector<std::string> unwatched;
    for (const WatchedKey& key : keys) {
        const std::string path = root_.path + (key.path.empty() ? "" : "\\") + key.path;
        if (!armed_->watch(hive, to_wide(path), key.with_below)) unwatched.push_back(key.path);
    }
    return unwatched;
}

void* RegistryWatch::handle() const { return armed_->event.handle(); }

} // namespace wta::platform
