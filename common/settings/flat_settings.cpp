#include "common/settings/flat_settings.h"

#include "common/base/utf.h"
#include "common/settings/certificate_string.h"
#include "common/settings/setting_keys.h"
#include "common/settings/setting_table.h"
#include "common/settings/setting_tree.h"

#include <algorithm>
#include <map>

namespace wta {

namespace {

constexpr std::string_view certificates_key = "certificates";
constexpr std::string_view certificates_name = "Certificates";

std::string in_quotes(std::string_view text) { return "\"" + printable(text, 100) + "\""; }

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool same_name(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, upper, upper); }

struct KnownSetting {
    std::string_view key;
    std::string name; // in the registry
    bool boolean = false;
};

std::vector<KnownSetting> known_settings() {
    std::vector<KnownSetting> known;
    for_each_setting([&known](std::string_view key, const auto& member) {
        using Value = std::remove_cvref_t<decltype(member(std::declval<Settings&>()).value)>;
        constexpr bool boolean = std::is_same_v<Value, bool>;
        known.push_back({key, registry_name(key), boolean});
    });
    return known;
}

std::string_view after_last(std::string_view text, char separator) {
    return text.substr(text.rfind(separator) + 1); // npos + 1 is 0
}

// "; did you mean …?", or all that there are.
std::string suggestion(std::string_view name, std::span<const std::string> known, char separator) {
    std::vector<std::string_view> names(known.begin(), known.end());
    std::string_view meant = nearest_key(name, names);
    if (meant.empty()) { // the right name in the wrong place
        const auto same_end = std::ranges::find_if(names, [&](std::string_view other) {
            return same_name(after_last(name, separator), after_last(other, separator));
        });
        if (same_end != names.end()) meant = *same_end;
    }
    if (meant.empty()) return "; known are " + enumerate(names);
    return "; did you mean \"" + std::string(meant) + "\"?";
}

// The N of Certificates\N; nothing when it is no number.
std::optional<int> certificate_number(std::string_view text) {
    if (text.empty() || text.size() > 9 || text.front() == '0') return std::nullopt;
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number;
}

YamlNode node(YamlNode::Kind kind, std::string_view key, const TextPosition& position) {
    YamlNode made;
    made.kind = kind;
    made.position = made.key_position = position;
    made.key = key;
    return made;
}

// Puts the values of a layer into a tree as agent.yaml has it, and reads that. The line of a position in it
// is the number of a value.
class FlatReader {
public:
    explicit FlatReader(const FlatLayer& layer)
        : layer_(layer), known_(known_settings()), reading_(layer.layer, places(layer), layer.folder),
          key_of_(layer.values.size()) {}

    SettingsLayer read() {
        for (std::size_t i = 0; i < layer_.values.size(); ++i) add(i);
        add_certificates();
        result_.layer = layer_.layer;
        result_.place = layer_.place;
        read_tree(root_, result_.settings, reading_);
        sort_errors();
        return std::move(result_);
    }

private:
    struct Line {
        std::size_t index = 0; // of the value that it stands in
        std::string text;
    };

    static std::vector<std::string> places(const FlatLayer& layer) {
        std::vector<std::string> places;
        places.reserve(layer.values.size());
        for (const FlatValue& value : layer.values) places.push_back(value.place);
        return places;
    }

    static TextPosition position_of(std::size_t index) { return {static_cast<int>(index) + 1, 0}; }

    void report(std::size_t index, std::string message) {
        reading_.report(position_of(index), std::move(message));
    }

    [[nodiscard]] bool is_command_line() const { return layer_.layer == Layer::command_line; }

    void add(std::size_t index) {
        const FlatValue& value = layer_.values[index];
        const auto setting = std::ranges::find_if(known_, [&](const KnownSetting& known) {
            return is_command_line() ? known.key == value.name : same_name(known.name, value.name);
        });
        if (setting != known_.end()) {
            key_of_[index] = setting->key;
            add_setting(index, *setting);
        } else if (is_about_certificates(value.name)) {
            key_of_[index] = certificates_key;
            add_certificate(index);
        } else {
            report_unknown(index);
        }
    }

    [[nodiscard]] bool is_about_certificates(std::string_view name) const {
        if (is_command_line()) return name == certificates_key;
        return same_name(name.substr(0, name.find('\\')), certificates_name);
    }

    void report_unknown(std::size_t index) {
        const std::string& name = layer_.values[index].name;
        std::vector<std::string> names = registry_names();
        if (is_command_line()) {
            names.clear();
            for (const KnownSetting& known : known_) names.emplace_back(known.key);
        }
        const bool group = std::ranges::any_of(known_, [&](const KnownSetting& known) {
            return known.name.size() > name.size() && known.name[name.size()] == '\\' &&
                   same_name(known.name.substr(0, name.size()), name);
        });
        if (group && !is_command_line())
            report(index, in_quotes(name) + " is a key with settings below it, and not a value");
        else
            report(index, "there is no setting " + in_quotes(name) +
                              suggestion(name, names, is_command_line() ? '.' : '\\'));
    }

    void add_setting(std::size_t index, const KnownSetting& setting) {
        const auto text = text_of(index, setting);
        if (!text) return;
        YamlNode* group = &root_;
        std::string_view rest = setting.key;
        for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
            group = &group_of(*group, rest.substr(0, dot), index);
            rest.remove_prefix(dot + 1);
        }
        if (find_key(*group, rest) != nullptr) {
            report(index, std::string(setting.key) + " is given twice; keep one of the two");
            return;
        }
        group->children.push_back(node(YamlNode::Kind::scalar, rest, position_of(index)));
        group->children.back().text = *text;
    }

    static YamlNode& group_of(YamlNode& parent, std::string_view key, std::size_t index) {
        const auto known = std::ranges::find(parent.children, key, &YamlNode::key);
        if (known != parent.children.end()) return *known;
        parent.children.push_back(node(YamlNode::Kind::mapping, key, position_of(index)));
        return parent.children.back();
    }

    // As agent.yaml spells it; nothing after a report.
    std::optional<std::string> text_of(std::size_t index, const KnownSetting& setting) {
        const auto& content = layer_.values[index].content;
        const auto* text = std::get_if<std::string>(&content);
        if (is_command_line() && text != nullptr) return *text;
        if (is_command_line()) {
            report(index, "a value is missing; write KEY=VALUE, as in mode=audit");
            return std::nullopt;
        }
        const auto* number = std::get_if<std::uint32_t>(&content);
        const std::string name(after_last(setting.name, '\\'));
        if (setting.boolean) {
            if (number != nullptr && *number <= 1) return *number == 1 ? "true" : "false";
            if (text != nullptr && (*text == "true" || *text == "false")) return *text;
            report(index, name + " is REG_DWORD 1 (true) or 0 (false); not " + words_of(content));
            return std::nullopt;
        }
        if (text != nullptr) return *text;
        report(index, name + " is text (REG_SZ); not " + words_of(content));
        return std::nullopt;
    }

    static std::string words_of(const std::variant<std::string, std::uint32_t, UnusableValue>& content) {
        if (const auto* text = std::get_if<std::string>(&content)) return "REG_SZ " + in_quotes(*text);
        if (const auto* number = std::get_if<std::uint32_t>(&content))
            return "REG_DWORD " + std::to_string(*number);
        return std::get<UnusableValue>(content).what;
    }

    void add_certificate(std::size_t index) {
        const FlatValue& value = layer_.values[index];
        if (is_command_line()) {
            report(index, "certificates cannot be given on the command line; they belong in a settings file "
                          "or in machine policy");
            return;
        }
        if (layer_.layer == Layer::installer && same_name(value.name, certificates_name)) {
            add_certificate_list(index);
            return;
        }
        const std::size_t separator = value.name.find('\\');
        const auto number = separator == std::string::npos
                                ? std::nullopt
                                : certificate_number(std::string_view(value.name).substr(separator + 1));
        if (!number) {
            report(index, "certificates are the values 1, 2, 3, … of the key Certificates, one certificate "
                          "each; " +
                              in_quotes(value.name) + " is none of them");
            return;
        }
        const auto* text = std::get_if<std::string>(&value.content);
        if (text == nullptr) {
            report(index,
                   "a certificate is text (REG_SZ), as in sha256=…;source=…; not " + words_of(value.content));
            return;
        }
        lines_.emplace(*number, Line{index, *text});
    }

    // An installer has one property for all of them, and no number of its own: the list is before the others.
    void add_certificate_list(std::size_t index) {
        const auto* text = std::get_if<std::string>(&layer_.values[index].content);
        if (text == nullptr) {
            report(index, "certificates are text (REG_SZ), as in sha256=…;source=…|sha256=…;source=…; not " +
                              words_of(layer_.values[index].content));
            return;
        }
        const auto list = split_certificate_list(*text);
        if (!list) {
            report(index, list.error().message);
            return;
        }
        for (const std::string& line : *list) lines_.emplace(0, Line{index, line});
    }

    void add_certificates() {
        if (lines_.empty()) return;
        YamlNode list = node(YamlNode::Kind::sequence, certificates_key, {1, 0});
        for (const auto& [number, line] : lines_) {
            const auto& [index, text] = line;
            auto entry = parse_certificate_string(text, position_of(index));
            if (entry)
                list.children.push_back(*std::move(entry));
            else
                report(index, entry.error().message);
        }
        root_.children.push_back(std::move(list));
    }

    void sort_errors() {
        std::vector<bool> is_wrong(layer_.values.size());
        for (SettingsError& error : reading_.take_errors()) {
            const auto index = static_cast<std::size_t>(error.line - 1);
            is_wrong[index] = true;
            const bool problem = decides_trust(key_of_[index]);
            if (problem && std::ranges::find(result_.invalid, key_of_[index]) == result_.invalid.end())
                result_.invalid.emplace_back(key_of_[index]);
            (problem ? result_.problems : result_.ignored)
                .push_back({std::move(error.place), 0, 0, std::move(error.message)});
        }
        leave_out_certificates(is_wrong);
        leave_out_settings();
        limit_errors(result_.problems, layer_.place);
        limit_errors(result_.ignored, layer_.place);
    }

    // An entry that was read in part says something else than what was meant.
    void leave_out_certificates(const std::vector<bool>& is_wrong) {
        std::vector<std::string_view> wrong_places;
        for (std::size_t i = 0; i < is_wrong.size(); ++i)
            if (is_wrong[i]) wrong_places.emplace_back(layer_.values[i].place);
        std::ranges::sort(wrong_places);
        std::erase_if(result_.settings.certificates, [&](const CertificateSettings& certificate) {
            return std::ranges::binary_search(wrong_places, std::string_view(certificate.origin.place));
        });
    }

    // Given twice, the first of them is no better than the second.
    void leave_out_settings() {
        const Settings built_in;
        for_each_setting([&](std::string_view key, const auto& member) {
            if (std::ranges::find(result_.invalid, key) != result_.invalid.end())
                member(result_.settings) = member(built_in);
        });
    }

    const FlatLayer& layer_;
    std::vector<KnownSetting> known_;
    SettingsReading reading_;
    std::vector<std::string_view> key_of_; // of each value; empty: unknown
    std::multimap<int, Line> lines_;       // certificates by their number
    YamlNode root_ = node(YamlNode::Kind::mapping, {}, {1, 0});
    SettingsLayer result_;
};

} // namespace

std::string registry_name(std::string_view key) {
    std::string name;
    bool start = true;
    for (const char c : key) {
        if (c == '.') name += '\\';
        if (c != '.' && c != '_') name += start ? upper(c) : c;
        start = c == '.' || c == '_';
    }
    return name;
}

std::vector<std::string> registry_names() {
    std::vector<std::string> names{std::string(certificates_name)};
    for (const KnownSetting& known : known_settings()) {
        for (std::size_t end = known.name.find('\\'); end != std::string::npos;
             end = known.name.find('\\', end + 1)) {
            std::string group = known.name.substr(0, end);
            if (std::ranges::find(names, group) == names.end()) names.push_back(std::move(group));
        }
        names.push_back(known.name);
    }
    return names;
}

SettingsLayer read_flat_settings(const FlatLayer& layer) {
    if (layer.failure.empty()) return FlatReader(layer).read();
    return unusable_layer(layer.layer, layer.place, {{layer.place, 0, 0, layer.failure}});
}

} // namespace wta
