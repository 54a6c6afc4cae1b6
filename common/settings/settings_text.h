// The text of a settings file before it is YAML: is it plain UTF-8, and where is a byte in line and column?
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

struct TextPosition {
    int line = 0;   // 1-based; 0: the text as a whole
    int column = 0; // 1-based, in characters, as editors count them
    auto operator<=>(const TextPosition&) const = default;
};

struct TextError {
    TextPosition position;
    std::string message; // what is wrong, and what to do
    bool operator==(const TextError&) const = default;
};

// Turns byte offsets of one text into positions, in constant time but for the search of the line.
class TextPositions {
public:
    explicit TextPositions(std::string_view text);

    // Offsets behind the end mean the end.
    [[nodiscard]] TextPosition at(std::size_t offset) const;

private:
    std::vector<std::size_t> line_starts_;
    std::vector<std::uint32_t> characters_before_; // for every offset, the end included
};

// The first reason why the text is not what a settings file may be: larger than 1 MiB, a byte order mark,
// UTF-16, invalid UTF-8, a control character, a carriage return alone.
[[nodiscard]] std::optional<TextError> find_text_error(std::string_view text);

} // namespace wta
