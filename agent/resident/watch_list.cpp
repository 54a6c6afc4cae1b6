#include "agent/resident/watch_list.h"

#include "common/ports/registry_path.h"

#include <map>

namespace wta {
namespace {

// Folded, and ended by a separator, so that "a\" is before "a\b\" and not before "ab\".
std::string as_prefix(const std::string& path) { return path.empty() ? "" : fold_case(path) + '\\'; }

} // namespace

std::vector<platform::WatchedKey> watch_list(std::span<const std::string> read) {
    std::map<std::string, std::string> sorted; // what is below a key follows it directly
    for (const std::string& path : read) sorted.try_emplace(as_prefix(path), path);
    std::vector<platform::WatchedKey> list;
    std::string above;
    for (const auto& [prefix, path] : sorted) {
        if (!list.empty() && prefix.starts_with(above)) {
            list.back().with_below = true;
            continue;
        }
        list.push_back({.path = path});
        above = prefix;
    }
    return list;
}

} // namespace wta
