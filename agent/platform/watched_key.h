// A key of the registry that is watched for changes.
#pragma once

#include <string>

namespace wta::platform {

struct WatchedKey {
    std::string path;        // parts separated by '\', compared without regard to case
    bool with_below = false; // also what lies below it
    bool operator==(const WatchedKey&) const = default;
};

} // namespace wta::platform
