// Which keys to watch, so that nothing which was read changes unseen.
#pragma once

#include "agent/platform/watched_key.h"

#include <span>
#include <string>
#include <vector>

namespace wta {

// `read` are paths of keys. One that has others of them below it is watched with all that is below and stands
// for those; one that has none is watched alone: its values, and which sub-keys it has. So a store with
// entries is one watch, and a key with many others below it that nobody read (Microsoft\Cryptography) wakes
// nobody for their sake. Sorted by folded path; the order of `read` does not matter.
[[nodiscard]] std::vector<platform::WatchedKey> watch_list(std::span<const std::string> read);

} // namespace wta
