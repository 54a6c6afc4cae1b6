#include "common/settings/value_reader.h"

#include "common/base/utf.h"
#include "common/settings/duration.h"
#include "common/settings/setting_keys.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace wta {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_errors = 100;

std::string in_quotes(std::string_view text) { return "\"" + printable(text, 100) + "\""; }

bool is_among(std::span<const std::string_view> words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

std::string_view name_of(const YamlNode& node) {
    return node.key.empty() ? "the list entry" : std::string_view(node.key);
}

// Case, hyphens and underscores left out: caFile, ca-file and ca_file are one.
std::string bare(std::string_view key) {
    std::string text;
    for (const char c : key) {
        if (c >= 'A' && c <= 'Z')
            text += static_cast<char>(c - 'A' + 'a');
        else if (c != '_' && c != '-' && c != ' ')
            text += c;
    }
    return text;
}

// Levenshtein's: insertions, deletions and replacements.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

// Where a key that is unknown here belongs, as a sentence; empty when nowhere.
std::string other_home(std::string_view key) {
    if (is_among(policy_keys, key)) return "; it belongs below policy:";
    if (is_among(fetch_keys, key)) return "; it belongs below fetch:";
    if (is_among(schedule_keys, key)) return "; it belongs below schedule:";
    if (is_among(log_keys, key)) return "; it belongs below log:";
    if (is_among(report_keys, key)) return "; it belongs below report:";
    if (is_among(certificate_keys, key)) return "; it belongs into an entry of certificates:";
    if (is_among(top_level_keys, key)) return "; it belongs to the top level, without indentation";
    return {};
}

bool is_slash(char c) { return c == '/' || c == '\\'; }

bool has_drive(std::string_view path) { return path.size() > 2 && path[1] == ':' && is_slash(path[2]); }

bool is_absolute(std::string_view path) { return !path.empty() && (is_slash(path[0]) || has_drive(path)); }

} // namespace

void SettingsReading::report(const TextPosition& where, std::string message) {
    errors_.push_back({place_of(where), where.line, where.column, std::move(message)});
}

const std::string& SettingsReading::place_of(const TextPosition& where) const {
    return layer_ == Layer::file ? places_.front() : places_.at(static_cast<std::size_t>(where.line - 1));
}

Origin SettingsReading::origin_at(const TextPosition& where) const {
    if (layer_ != Layer::file) return {layer_, place_of(where), 0, 0};
    return {layer_, place_of(where), where.line, where.column};
}

std::string SettingsReading::at(const TextPosition& where) const {
    return layer_ == Layer::file ? "on line " + std::to_string(where.line) : "in " + place_of(where);
}

// Without a folder there is no drive either that a path could start from.
std::optional<std::string> SettingsReading::absolute(std::string_view path) const {
    if (folder_) return absolute_path(path, *folder_);
    return has_drive(path) ? std::optional<std::string>(path) : std::nullopt;
}

std::vector<SettingsError> SettingsReading::take_errors() {
    std::ranges::sort(errors_, {}, [](const SettingsError& error) {
        return std::tuple(error.line, error.column, std::string_view(error.message));
    });
    if (layer_ == Layer::file) limit_errors(errors_, places_.front());
    return std::exchange(errors_, {});
}

void limit_errors(std::vector<SettingsError>& errors, const std::string& place) {
    if (errors.size() > max_errors) {
        const std::string more =
            std::to_string(errors.size() - max_errors) + " more errors follow; correct the ones above first";
        errors.resize(max_errors);
        errors.push_back({place, 0, 0, more});
    }
}

const YamlNode* find_key(const YamlNode& mapping, std::string_view key) {
    const auto found = std::ranges::find(mapping.children, key, &YamlNode::key);
    return found == mapping.children.end() ? nullptr : &*found;
}

void check_keys(const YamlNode& mapping, std::span<const std::string_view> known, SettingsReading& reading) {
    for (const YamlNode& child : mapping.children) {
        if (is_among(known, child.key)) continue;
        std::string message = "unknown key " + in_quotes(child.key);
        const std::string home = other_home(child.key);
        const std::string_view nearest = nearest_key(child.key, known);
        if (!home.empty())
            message += home;
        else if (!nearest.empty())
            message += "; did you mean \"" + std::string(nearest) + "\"?";
        reading.report(child.key_position, message + " (known here: " + enumerate(known) + ")");
    }
}

bool is_mapping(const YamlNode* node, SettingsReading& reading) {
    if (node == nullptr || node->kind == YamlNode::Kind::null) return false;
    if (node->kind == YamlNode::Kind::mapping) return true;
    reading.report(node->position, std::string(name_of(*node)) +
                                       " is a group of keys, each on a line of its own as \"key: value\"");
    return false;
}

std::optional<std::string> read_text(const YamlNode& node, SettingsReading& reading) {
    switch (node.kind) {
    case YamlNode::Kind::scalar: return node.text;
    case YamlNode::Kind::null:
        reading.report(node.position,
                       std::string(name_of(node)) + " has no value; give one, or remove the line");
        return std::nullopt;
    case YamlNode::Kind::sequence:
        reading.report(node.position, std::string(name_of(node)) + " is one value, not a list");
        return std::nullopt;
    case YamlNode::Kind::mapping:
        reading.report(node.position, std::string(name_of(node)) +
                                          " is one value, not a group of keys; text that contains \": \" or "
                                          "starts with \"{\" needs quotes");
        return std::nullopt;
    }
    return std::nullopt;
}

std::optional<bool> read_bool(const YamlNode& node, SettingsReading& reading) {
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    if (!node.quoted && *text == "true") return true;
    if (!node.quoted && *text == "false") return false;
    reading.report(node.position, std::string(name_of(node)) +
                                      " is true or false, in small letters and without quotes; not " +
                                      in_quotes(*text) + " (yes, no, on, off, 1 and 0 are not understood)");
    return std::nullopt;
}

std::optional<std::size_t> read_word(const YamlNode& node, std::span<const std::string_view> words,
                                     SettingsReading& reading) {
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    const auto found = std::ranges::find(words, std::string_view(*text));
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    const std::string_view nearest = nearest_key(*text, words);
    reading.report(node.position,
                   std::string(name_of(node)) + " is one of: " + enumerate(words) + "; not " +
                       in_quotes(*text) +
                       (nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?"));
    return std::nullopt;
}

std::optional<milliseconds> read_duration(const YamlNode& node, milliseconds shortest, milliseconds longest,
                                          SettingsReading& reading) {
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    const auto duration = parse_duration(*text);
    if (duration && *duration >= shortest && *duration <= longest) return duration;
    reading.report(node.position, std::string(name_of(node)) +
                                      " is a whole number with its unit (ms, s, m, h, d), from " +
                                      to_string(shortest) + " to " + to_string(longest) +
                                      ", as in 30s; not " + in_quotes(*text));
    return std::nullopt;
}

std::optional<std::chrono::seconds> read_seconds(const YamlNode& node, milliseconds shortest,
                                                 milliseconds longest, SettingsReading& reading) {
    const auto duration = read_duration(node, shortest, longest, reading);
    if (!duration) return std::nullopt;
    if (*duration % std::chrono::seconds{1} == milliseconds{0})
        return std::chrono::floor<std::chrono::seconds>(*duration);
    reading.report(node.position,
                   std::string(name_of(node)) + " is counted in whole seconds; not " + to_string(*duration));
    return std::nullopt;
}

std::vector<const YamlNode*> one_or_list(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::sequence) return {&node};
    std::vector<const YamlNode*> nodes;
    nodes.reserve(node.children.size());
    for (const YamlNode& child : node.children) nodes.push_back(&child);
    return nodes;
}

std::string absolute_path(std::string_view path, const std::filesystem::path& folder) {
    if (is_absolute(path)) return std::string(path);
    const std::filesystem::path relative(std::u8string(path.begin(), path.end()));
    const std::u8string whole = (folder / relative).lexically_normal().u8string();
    return {whole.begin(), whole.end()};
}

std::string_view nearest_key(std::string_view key, std::span<const std::string_view> known) {
    const std::string typed = bare(key.substr(0, 64));
    std::string_view nearest;
    std::size_t best = std::max<std::size_t>(1, std::min<std::size_t>(3, typed.size() / 3)) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t distance = edit_distance(typed, bare(candidate));
        if (distance >= best) continue;
        best = distance;
        nearest = candidate;
    }
    return nearest;
}

std::string enumerate(std::span<const std::string_view> words) {
    std::string text;
    for (const std::string_view word : words) {
        if (!text.empty()) text += ", ";
        text += word;
    }
    return text;
}

} // namespace wta
