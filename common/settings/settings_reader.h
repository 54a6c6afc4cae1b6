// Reads agent.yaml: every key known, every value checked, every error with its line and column.
#pragma once

#include "common/settings/settings.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

inline constexpr std::size_t max_settings_size = 1024 * 1024; // bytes
inline constexpr std::size_t max_certificates = 10'000;

struct SettingsError {
    std::string place; // the file
    int line = 0;      // 1-based; 0: the file as a whole
    int column = 0;
    std::string message; // what is wrong, and what would be right
    bool operator==(const SettingsError&) const = default;
};

struct ReadSettings {
    Settings settings;
    std::vector<SettingsError>
        errors; // all that were found, in the order of the file; settings must not be used unless empty
};

// `text` is the content of the file `place`; relative paths in it are relative to `folder`. No I/O.
[[nodiscard]] ReadSettings read_settings(std::string_view text, const std::string& place,
                                         const std::filesystem::path& folder);

// "agent.yaml:12:3: unknown key "sorce"; did you mean "source"?"
[[nodiscard]] std::string describe(const SettingsError& error);

} // namespace wta
