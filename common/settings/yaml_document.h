// A YAML text as a tree of marked nodes, without what makes YAML dangerous; the only door to the YAML
// library.
#pragma once

#include "common/settings/settings_text.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

inline constexpr std::size_t max_yaml_depth = 16;      // collections inside each other
inline constexpr std::size_t max_yaml_nodes = 200'000; // more than 10,000 certificates need

struct YamlNode {
    enum class Kind { null, scalar, sequence, mapping };

    Kind kind = Kind::null;
    TextPosition position; // where the value starts; of an absent value: its key
    std::string text;      // of a scalar
    bool quoted = false;   // the scalar was in quotes or a block: it is text, never a boolean
    std::string key;       // when it stands in a mapping
    TextPosition key_position;
    std::vector<YamlNode> children; // of a sequence or mapping, in the order of the text
};

struct YamlDocument {
    std::optional<YamlNode> root;  // nothing: the text is empty or only comments, or there is a syntax error
    std::vector<TextError> errors; // the tree must not be used unless empty
};

// Refuses: more than one document, anchors, aliases, tags, duplicate keys, keys that are not plain text,
// deeper or larger than the limits, and whatever is no YAML. `text` must have passed find_text_error.
[[nodiscard]] YamlDocument parse_yaml(std::string_view text);

} // namespace wta
