// Turns single nodes of the settings into checked values, and collects every error with its place.
#pragma once

#include "common/settings/settings.h"
#include "common/settings/settings_reader.h"
#include "common/settings/yaml_document.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wta {

// One reading of one layer: where it stands, and what was wrong so far.
class SettingsReading {
public:
    // Of a file; relative paths are relative to `folder`.
    SettingsReading(std::string place, std::filesystem::path folder)
        : layer_(Layer::file), places_{std::move(place)}, folder_(std::move(folder)) {}

    // Of values that have a place each: the line of a position is the number of the value, from 1. Without a
    // folder relative paths are refused.
    SettingsReading(Layer layer, std::vector<std::string> places, std::optional<std::filesystem::path> folder)
        : layer_(layer), places_(std::move(places)), folder_(std::move(folder)) {}

    void report(const TextPosition& where, std::string message);
    [[nodiscard]] Origin origin_at(const TextPosition& where) const;
    // "on line 12"; of a value "in HKLM\\…"
    [[nodiscard]] std::string at(const TextPosition& where) const;
    // Nothing for a path that is relative to nothing known.
    [[nodiscard]] std::optional<std::string> absolute(std::string_view path) const;
    // In the order of the layer; of a file at most a hundred.
    [[nodiscard]] std::vector<SettingsError> take_errors();

private:
    [[nodiscard]] const std::string& place_of(const TextPosition& where) const;

    Layer layer_;
    std::vector<std::string> places_;
    std::optional<std::filesystem::path> folder_;
    std::vector<SettingsError> errors_;
};

// A hundred errors, then how many more there are at `place`.
void limit_errors(std::vector<SettingsError>& errors, const std::string& place);

// The value of `key`; null pointer when the mapping does not have it.
[[nodiscard]] const YamlNode* find_key(const YamlNode& mapping, std::string_view key);

// Reports every key that is not in `known`, with the one that was probably meant.
void check_keys(const YamlNode& mapping, std::span<const std::string_view> known, SettingsReading& reading);

// False for an absent group or one without content (all its keys commented out); reports anything but a
// mapping.
[[nodiscard]] bool is_mapping(const YamlNode* node, SettingsReading& reading);

// Each returns nothing after having reported why.
[[nodiscard]] std::optional<std::string> read_text(const YamlNode& node, SettingsReading& reading);
[[nodiscard]] std::optional<bool> read_bool(const YamlNode& node, SettingsReading& reading);
// The index of the word among `words`.
[[nodiscard]] std::optional<std::size_t>
read_word(const YamlNode& node, std::span<const std::string_view> words, SettingsReading& reading);

// A number with its unit, from `shortest` to `longest`.
[[nodiscard]] std::optional<std::chrono::milliseconds> read_duration(const YamlNode& node,
                                                                     std::chrono::milliseconds shortest,
                                                                     std::chrono::milliseconds longest,
                                                                     SettingsReading& reading);
// The same in whole seconds.
[[nodiscard]] std::optional<std::chrono::seconds> read_seconds(const YamlNode& node,
                                                               std::chrono::milliseconds shortest,
                                                               std::chrono::milliseconds longest,
                                                               SettingsReading& reading);

// The setting takes over what was read, and where it stands; nothing when nothing was.
template <class T>
void assign(Setting<T>& setting, const YamlNode& node, std::optional<T> value,
            const SettingsReading& reading) {
    if (value) setting = {*std::move(value), reading.origin_at(node.key_position)};
}

// A single value stands for a list of one.
[[nodiscard]] std::vector<const YamlNode*> one_or_list(const YamlNode& node);

// A relative path is below the folder of the settings; absolute ones of either system stay as they are.
[[nodiscard]] std::string absolute_path(std::string_view path, const std::filesystem::path& folder);

// The one among `known` that was probably meant; empty when none is near.
[[nodiscard]] std::string_view nearest_key(std::string_view key, std::span<const std::string_view> known);

// "a, b, c"
[[nodiscard]] std::string enumerate(std::span<const std::string_view> words);

} // namespace wta
