#include "common/settings/certificate_string.h"

#include "common/base/utf.h"

#include <algorithm>
#include <string>

namespace wta {

namespace {

std::string in_quotes(std::string_view text) { return "\"" + printable(text, 100) + "\""; }

std::string_view trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(' ') - start + 1);
}

// The part before the separator, which is taken away with it; all of it when there is none.
std::string_view next_part(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return trimmed(part);
}

Result<std::string> decoded(std::string_view value) {
    std::string text;
    while (!value.empty()) {
        if (value[0] != '%') {
            text += value[0];
            value.remove_prefix(1);
            continue;
        }
        const std::string_view code = value.substr(0, 3);
        if (code != "%25" && code != "%3B" && code != "%3b")
            return refuse(ReasonCode::settings_invalid,
                          in_quotes(code) + " is no encoded character: only % is written %25, and ; is "
                                            "written %3B, everything else as it is");
        text += code == "%25" ? '%' : ';';
        value.remove_prefix(3);
    }
    return text;
}

YamlNode scalar(std::string_view key, std::string text, const TextPosition& position) {
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.position = node.key_position = position;
    node.key = key;
    node.text = std::move(text);
    return node;
}

YamlNode list(std::string_view key, const TextPosition& position) {
    YamlNode node;
    node.kind = YamlNode::Kind::sequence;
    node.position = node.key_position = position;
    node.key = key;
    return node;
}

void add_allowed(YamlNode& entry, std::string_view words, const TextPosition& position) {
    YamlNode allow = list("allow", position);
    do allow.children.push_back(scalar({}, std::string(next_part(words, ',')), position));
    while (!words.empty());
    entry.children.push_back(std::move(allow));
}

Result<void> add_part(YamlNode& entry, std::string_view part, const TextPosition& position) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos)
        return refuse(ReasonCode::settings_invalid,
                      in_quotes(part) + " is not key=value; parts are separated by ;, and a ; inside a value "
                                        "is written %3B");
    const std::string_view key = trimmed(part.substr(0, equals));
    auto value = decoded(trimmed(part.substr(equals + 1)));
    if (!value) return std::unexpected(value.error());
    const auto known = std::ranges::find(entry.children, key, &YamlNode::key);
    if (known != entry.children.end() && key != "source")
        return refuse(ReasonCode::settings_invalid, in_quotes(key) + " is given twice; only source may be");
    if (key == "allow") {
        add_allowed(entry, *value, position);
    } else if (key == "source") {
        if (known == entry.children.end()) entry.children.push_back(list(key, position));
        const auto sources = std::ranges::find(entry.children, key, &YamlNode::key);
        sources->children.push_back(scalar({}, *std::move(value), position));
    } else {
        entry.children.push_back(scalar(key, *std::move(value), position));
    }
    return {};
}

std::string with_separators(std::string_view line) {
    std::string text;
    while (!line.empty()) {
        const bool is_separator = line.starts_with("%7C") || line.starts_with("%7c");
        text += is_separator ? '|' : line[0];
        line.remove_prefix(is_separator ? 3 : 1);
    }
    return text;
}

} // namespace

Result<YamlNode> parse_certificate_string(std::string_view text, const TextPosition& position) {
    YamlNode entry;
    entry.kind = YamlNode::Kind::mapping;
    entry.position = entry.key_position = position;
    while (!text.empty())
        if (const std::string_view part = next_part(text, ';'); !part.empty())
            WTA_TRY(add_part(entry, part, position));
    return entry;
}

Result<std::vector<std::string>> split_certificate_list(std::string_view text) {
    std::vector<std::string> lines;
    for (bool more = true; more;) {
        more = text.contains('|');
        const std::string_view line = next_part(text, '|');
        if (line.empty())
            return refuse(ReasonCode::settings_invalid,
                          "certificate " + std::to_string(lines.size() + 1) +
                              " of the list is empty; certificates are separated by one |, and a | inside a "
                              "value is written %7C");
        lines.push_back(with_separators(line));
    }
    return lines;
}

} // namespace wta
