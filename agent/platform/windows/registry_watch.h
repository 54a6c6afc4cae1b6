// Tells when keys of the registry change, come or go.
#pragma once

#include "agent/platform/watched_key.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wta::platform {

// The key below which paths are meant.
struct WatchRoot {
    bool current_user = false; // else the local machine
    std::string path = "SOFTWARE";
};

// Costs one handle to wait for, one for each key and one for each key above them. Used by one thread, which
// must live as long as the watch: Windows ends what a thread asked for with the thread.
class RegistryWatch {
public:
    explicit RegistryWatch(WatchRoot root);
    ~RegistryWatch();
    RegistryWatch(const RegistryWatch&) = delete;
    RegistryWatch& operator=(const RegistryWatch&) = delete;

    // From the moment that this returns, a change of a value of these keys, of their sub-keys, or (when asked
    // for) of anything below raises the handle: once, so arm again before looking at what has changed. Of a
    // key that does not exist the nearest one above it that does is watched, for keys that come. What was
    // armed before is given up.
    //
    // Returns the paths that cannot be watched, because a right is missing or they change all the time.
    [[nodiscard]] std::vector<std::string> arm(std::span<const WatchedKey> keys);

    // Another one after each arm(). A HANDLE; stays ours.
    [[nodiscard]] void* handle() const;

private:
    struct Armed;

    WatchRoot root_;
    std::unique_ptr<Armed> armed_;
};

} // namespace wta::platform
