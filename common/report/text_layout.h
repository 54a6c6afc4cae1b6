// Lays out text for a terminal of any width: wrapping, columns, colours.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

struct TextStyle {
    bool color = false;
    std::size_t width = 100; // columns; below 72 columns tables become lists
};

enum class Color { none, good, warn, bad, strong };

// Columns that a text takes on a terminal: one for each character (wide East Asian ones count as one).
[[nodiscard]] std::size_t columns(std::string_view utf8);

[[nodiscard]] std::string painted(std::string_view text, Color color, const TextStyle& style);

// Words wrapped at the width, every line after `indent` spaces; a longer word is cut. Ends in a newline.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, const TextStyle& style);

struct TableRow {
    Color color = Color::none; // of the first cell
    std::vector<std::string> cells;
    std::vector<std::string> notes; // each wrapped below the row
};

// The header (none when it is empty), then the rows; cells wrap inside their column, and the first column
// never does.
[[nodiscard]] std::string table(const std::vector<std::string>& header, const std::vector<TableRow>& rows,
                                const TextStyle& style);

} // namespace wta
