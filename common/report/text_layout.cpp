#include "common/report/text_layout.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace wta {
namespace {

constexpr std::size_t narrow = 72;
constexpr std::size_t gap = 2;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The first `count` characters of `text`, in bytes.
std::size_t prefix_bytes(std::string_view text, std::size_t count) {
    std::size_t i = 0;
    while (i < text.size()) {
        if (!continues_character(text[i]) && count-- == 0) break;
        ++i;
    }
    return i;
}

// Splits into lines of at most `width` columns, at spaces where possible.
std::vector<std::string> lines_of(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    width = std::max<std::size_t>(width, 1);
    while (!text.empty()) {
        std::size_t end = prefix_bytes(text, width);
        if (end < text.size()) {
            const std::size_t space = text.substr(0, end + 1).rfind(' ');
            if (space != std::string_view::npos && space > 0) end = space;
        }
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
        while (text.starts_with(' ')) text.remove_prefix(1);
    }
    return lines;
}

std::string padded(std::string_view text, std::size_t width) {
    std::string out(text);
    out.append(width > columns(text) ? width - columns(text) : 0, ' ');
    return out;
}

// Natural widths first; when they do not fit, the widest columns give way.
std::vector<std::size_t> column_widths(const std::vector<std::string>& header,
                                       const std::vector<TableRow>& rows, std::size_t available) {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < header.size(); ++i) {
        std::size_t width = columns(header[i]);
        for (const TableRow& row : rows) width = std::max(width, columns(row.cells.at(i)));
        widths.push_back(width);
    }
    const std::size_t gaps = gap * (widths.size() - 1);
    while (std::accumulate(widths.begin(), widths.end(), gaps) > available) {
        const auto widest = std::max_element(widths.begin() + 1, widths.end());
        if (*widest <= 8) break;
        --*widest;
    }
    return widths;
}

std::string table_row(const TableRow& row, const std::vector<std::size_t>& widths, const TextStyle& style) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 1;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        cells.push_back(lines_of(row.cells[i], widths[i]));
        height = std::max(height, cells.back().size());
    }
    std::string out;
    for (std::size_t line = 0; line < height; ++line) {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string cell = padded(line < cells[i].size() ? cells[i][line] : "", widths[i]);
            text += (i == 0 ? "" : std::string(gap, ' ')) + (i == 0 ? painted(cell, row.color, style) : cell);
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
    }
    for (const std::string& note : row.notes) out += wrapped(note, widths[0] + gap, style);
    return out;
}

std::string list_row(const std::vector<std::string>& header, const TableRow& row, const TextStyle& style) {
    std::string out = painted(row.cells.at(0), row.color, style) + "\n";
    for (std::size_t i = 1; i < row.cells.size(); ++i)
        if (!row.cells[i].empty())
            out += wrapped(header[i].empty() ? row.cells[i] : header[i] + ": " + row.cells[i], gap, style);
    for (const std::string& note : row.notes) out += wrapped(note, gap, style);
    return out;
}

} // namespace

std::size_t columns(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return !continues_character(c); }));
}

std::string painted(std::string_view text, Color color, const TextStyle& style) {
    if (!style.color || color == Color::none || text.empty()) return std::string(text);
    const auto escape = [color]() -> std::string_view {
        switch (color) {
        case Color::none: return "0";
        case Color::good: return "32";
        case Color::warn: return "33";
        case Color::bad: return "31";
        case Color::strong: return "1";
        }
        return "0";
    };
    return fmt::format("\x1b[{}m{}\x1b[0m", escape(), text);
}

std::string wrapped(std::string_view text, std::size_t indent, const TextStyle& style) {
    std::string out;
    const std::size_t width = style.width > indent + 10 ? style.width - indent : 10;
    for (const std::string& line : lines_of(text, width)) out += std::string(indent, ' ') + line + "\n";
    return out;
}

std::string table(const std::vector<std::string>& header, const std::vector<TableRow>& rows,
                  const TextStyle& style) {
    std::string out;
    if (style.width < narrow) {
        for (const TableRow& row : rows) out += list_row(header, row, style);
        return out;
    }
    const std::vector<std::size_t> widths = column_widths(header, rows, style.width);
    const bool titled = std::ranges::any_of(header, [](const std::string& title) { return !title.empty(); });
    if (titled) out += table_row({Color::strong, header, {}}, widths, style);
    for (const TableRow& row : rows) out += table_row(row, widths, style);
    return out;
}

} // namespace wta
