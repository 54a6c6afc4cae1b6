// A registry that remembers which keys were read through it.
#pragma once

#include "common/ports/registry.h"

#include <map>
#include <string>
#include <vector>

namespace wta {

class RecordingRegistry : public Registry {
public:
    explicit RecordingRegistry(Registry& registry) : registry_(registry) {}

    Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) override;
    Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) override;
    Result<void> erase(std::string_view key, std::string_view name) override;
    Result<void> erase_key(std::string_view key) override;
    Result<std::optional<KeyListing>> list(std::string_view key) override;

    // Every key once, as it was first asked for. It counts whether it exists or not, and whether it could be
    // read or not: it may come, and may become readable.
    [[nodiscard]] std::vector<std::string> recorded() const;

private:
    void record(std::string_view key);

    Registry& registry_;
    std::map<std::string, std::string> recorded_; // by folded path
};

} // namespace wta
