#include "agent/commands/registry_settings.h"

#include "common/base/utf.h"
#include "common/ports/registry_path.h"
#include "common/settings/settings_reader.h"

#include <algorithm>
#include <fmt/format.h>

namespace wta {
namespace {

constexpr std::size_t max_path_size = 8'192;
constexpr std::size_t max_values = max_certificates + 1'000;

// Of a REG_SZ the text, when nothing stands behind its end: editors would not show that.
std::optional<std::string> whole_text(const RegistryValue& value) {
    auto text = as_string(value);
    if (!text) return std::nullopt;
    const std::size_t end = std::min(to_utf16le_z(*text).size(), value.data.size());
    const bool nothing_behind = std::ranges::all_of(ByteView(value.data).subspan(end),
                                                    [](std::byte byte) { return byte == std::byte{0}; });
    return nothing_behind ? text : std::nullopt;
}

std::variant<std::string, std::uint32_t, UnusableValue> content_of(const RegistryValue& value) {
    if (const auto number = as_dword(value)) return *number;
    if (auto text = whole_text(value)) return *std::move(text);
    if (value.type == reg_sz)
        return UnusableValue{fmt::format("REG_SZ, {} bytes that are not one text", value.data.size())};
    return UnusableValue{describe(value)};
}

// The registry lists names in an order of its own, which changes when a value is written again.
std::vector<std::string> in_order(std::vector<std::string> names) {
    std::ranges::sort(names, {}, [](const std::string& name) {
        return std::pair(name.size(), std::string_view(name)); // so that 10 stands behind 9
    });
    return names;
}

class LayerReader {
public:
    LayerReader(Registry& registry, FlatLayer& layer, std::string_view key)
        : registry_(registry), layer_(layer), key_(key) {}

    // The values of the key and of the sub-keys that settings have; what else there is has no known name.
    Result<void> read() { return read_below({}); }

private:
    // Only what has a known name is entered, so the depth is that of the settings.
    Result<void> read_below(const std::string& group) {
        auto listing = registry_.list(group.empty() ? key_ : key_ + "\\" + group);
        if (!listing) return std::unexpected(listing.error());
        if (!*listing) return {};
        WTA_TRY(add_values((*listing)->values, group));
        for (const std::string& subkey : in_order((*listing)->subkeys)) {
            const std::string name = group.empty() ? subkey : group + "\\" + subkey;
            if (is_group(name) || (group.empty() && is_known(name))) {
                WTA_TRY(read_below(name));
            } else {
                add(name, UnusableValue{"a key"});
            }
        }
        return {};
    }

    [[nodiscard]] bool is_group(std::string_view name) const {
        if (same(name, "Certificates")) return true;
        return std::ranges::any_of(names_, [&](const std::string& known) {
            return known.size() > name.size() && known[name.size()] == '\\' &&
                   same(known.substr(0, name.size()), name);
        });
    }

    [[nodiscard]] bool is_known(std::string_view name) const {
        const std::string_view group = name.substr(0, name.find('\\'));
        const bool certificate = same(group, "Certificates");
        return std::ranges::any_of(
            names_, [&](const std::string& known) { return same(known, certificate ? group : name); });
    }

    static bool same(std::string_view a, std::string_view b) { return fold_case(a) == fold_case(b); }

    // It says where settings are, and is none.
    [[nodiscard]] bool is_settings_file(std::string_view name) const {
        return layer_.layer == Layer::installer && same(name, settings_file_value);
    }

    Result<void> add_values(const std::vector<std::string>& names, const std::string& group) {
        for (const std::string& value_name : in_order(names)) {
            if (group.empty() && is_settings_file(value_name)) continue;
            const std::string name = group.empty() ? value_name : group + "\\" + value_name;
            if (layer_.values.size() >= max_values)
                return fail(ErrorCode::too_large,
                            "there are more than 11,000 values; settings hold at most 10,000 certificates");
            if (!is_known(name)) {
                add(name, UnusableValue{"a value"});
                continue;
            }
            auto value = registry_.get(group.empty() ? key_ : key_ + "\\" + group, value_name);
            if (!value) return std::unexpected(value.error());
            if (!*value) continue;
            size_ += (*value)->data.size();
            if (size_ > max_settings_size)
                return fail(
                    ErrorCode::too_large,
                    "the values have more than 1,048,576 bytes (1 MiB) in all; spread certificates over "
                    "several groups of machines, or give sources instead of der");
            add(name, content_of(**value));
        }
        return {};
    }

    void add(std::string name, std::variant<std::string, std::uint32_t, UnusableValue> content) {
        std::string place = printable(layer_.place + "\\" + name);
        layer_.values.push_back({std::move(name), std::move(place), std::move(content)});
    }

    Registry& registry_;
    FlatLayer& layer_;
    std::string key_;
    std::vector<std::string> names_ = registry_names();
    std::size_t size_ = 0; // of all values so far, in bytes
};

} // namespace

FlatLayer read_registry_layer(Registry& registry, Layer layer) {
    const std::string_view key =
        layer == Layer::machine_policy ? policy_settings_key : installer_settings_key;
    FlatLayer result{.layer = layer,
                     .place = fmt::format(R"(HKLM\SOFTWARE\{})", key),
                     .values = {},
                     .folder = {},
                     .failure = {}};
    if (const auto read = LayerReader(registry, result, key).read(); !read) {
        result.values.clear();
        result.failure = fmt::format("the settings cannot be read: {}", read.error().message);
    }
    return result;
}

Result<std::optional<std::string>> read_settings_file_value(Registry& registry) {
    auto value = registry.get(installer_settings_key, settings_file_value);
    if (!value) return std::unexpected(value.error());
    if (!*value) return std::nullopt;
    auto text = whole_text(**value);
    if (!text || text->empty() || text->size() > max_path_size)
        return refuse(ReasonCode::settings_invalid,
                      fmt::format("Config is the full path of a settings file (REG_SZ); not {}",
                                  text && text->empty() ? "an empty text" : describe(**value)));
    return text;
}

} // namespace wta
