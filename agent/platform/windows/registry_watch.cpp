#include "agent/platform/windows/registry_watch.h"

#include "agent/platform/windows/event.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <set>
#include <utility>

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

enum class Came { watched, refused, meanwhile }; // meanwhile: keys came or went, so try again

// The event is new each time: that of keys which were closed is raised by the closing.
struct RegistryWatch::Armed {
    Event event;
    std::vector<Key> keys;
    std::set<std::wstring> above; // of these keys the names of sub-keys are watched

    Came notify(Key key, bool with_below, DWORD what) {
        const LSTATUS status =
            ::RegNotifyChangeKeyValue(key.get(), with_below ? TRUE : FALSE, what, event.handle(), TRUE);
        if (is_missing(status)) return Came::meanwhile;
        if (status != ERROR_SUCCESS) return Came::refused;
        keys.push_back(std::move(key));
        return Came::watched;
    }

    Came watch_names(HKEY hive, const std::wstring& path) {
        if (above.contains(path)) return Came::watched;
        Key opened;
        const LSTATUS status = open_key(hive, path, opened);
        if (is_missing(status)) return Came::meanwhile;
        if (status != ERROR_SUCCESS) return Came::refused;
        const Came came = notify(std::move(opened), false, names);
        if (came == Came::watched) above.insert(path);
        return came;
    }

    // The nearest key above that exists is watched first: it tells when a key comes, and when one is removed
    // (the key itself need not). What came or went before that is seen by the look at the next key below it.
    Came watch_once(HKEY hive, const std::wstring& path, bool with_below) {
        std::wstring next = path; // below the one that is watched
        std::wstring above_it = parent_of(path);
        Came came = watch_names(hive, above_it);
        while (came == Came::meanwhile && !above_it.empty()) {
            next = std::exchange(above_it, parent_of(above_it));
            came = watch_names(hive, above_it);
        }
        Key opened;
        const LSTATUS status = open_key(hive, next, opened);
        if (is_missing(status)) return came;
        if (next != path) return Came::meanwhile;
        if (status != ERROR_SUCCESS) return Came::refused;
        return notify(std::move(opened), with_below, names_and_values);
    }

    bool watch(HKEY hive, const std::wstring& path, bool with_below) {
        constexpr int attempts = 10;
        Came came = Came::meanwhile;
        for (int attempt = 0; attempt < attempts && came == Came::meanwhile; ++attempt)
            came = watch_once(hive, path, with_below);
        return came == Came::watched;
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
