#include "agent/resident/recording_registry.h"

#include "common/ports/registry_path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wta {

void RecordingRegistry::record(std::string_view key) {
    std::string path = fmt::format("{}", fmt::join(split_key_path(key), "\\"));
    std::string folded = fold_case(path);
    recorded_.try_emplace(std::move(folded), std::move(path));
}

std::vector<std::string> RecordingRegistry::recorded() const {
    std::vector<std::string> paths;
    for (const auto& [folded, path] : recorded_) paths.push_back(path);
    return paths;
}

Result<std::optional<RegistryValue>> RecordingRegistry::get(std::string_view key, std::string_view name) {
    record(key);
    return registry_.get(key, name);
}

Result<std::optional<KeyListing>> RecordingRegistry::list(std::string_view key) {
    record(key);
    return registry_.list(key);
}

Result<void> RecordingRegistry::set(std::string_view key, std::string_view name, const RegistryValue& value) {
    return registry_.set(key, name, value);
}

Result<void> RecordingRegistry::erase(std::string_view key, std::string_view name) {
    return registry_.erase(key, name);
}

Result<void> RecordingRegistry::erase_key(std::string_view key) { return registry_.erase_key(key); }

} // namespace wta
