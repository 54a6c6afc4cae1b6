#include "common/settings/settings_text.h"

#include "common/base/utf.h"
#include "common/settings/settings_reader.h"

#include <algorithm>

namespace wta {

namespace {

constexpr std::string_view save_as_utf8 = "save the file as UTF-8 without BOM";

struct Problem {
    std::size_t offset;
    std::string message;
};

// What the first bytes say about the encoding. UTF-16 without a byte order mark shows in its zero bytes,
// because settings start with an ASCII character.
std::optional<std::string> encoding_problem(std::string_view text) {
    const std::string remedy = "; " + std::string(save_as_utf8);
    if (text.starts_with("\xEF\xBB\xBF")) return "the file starts with a byte order mark (BOM)" + remedy;
    if (text.starts_with(std::string_view("\xFF\xFE\0\0", 4)) ||
        text.starts_with(std::string_view("\0\0\xFE\xFF", 4)))
        return "the file is UTF-32" + remedy;
    const std::string_view start = text.substr(0, 2);
    if (start == "\xFF\xFE" || start == "\xFE\xFF") return "the file is UTF-16" + remedy;
    if (start.size() == 2 && (start[0] == '\0') != (start[1] == '\0'))
        return "the file is UTF-16 without BOM" + remedy;
    return std::nullopt;
}

std::optional<Problem> find_problem(std::string_view text) {
    if (auto encoding = encoding_problem(text)) return Problem{0, *std::move(encoding)};
    for (std::size_t offset = 0; offset < text.size();) {
        const std::size_t start = offset;
        const auto character = next_character(text, offset);
        if (!character)
            return Problem{start, "the byte " + printable(text.substr(start, 1)) + " is not UTF-8; " +
                                      std::string(save_as_utf8)};
        if (*character == U'\r' && !text.substr(offset).starts_with("\n"))
            return Problem{start, "a carriage return without a line feed; save the file with Windows (CRLF) "
                                  "or Unix (LF) line ends"};
        const bool control = *character < 0x20 || (*character >= 0x7F && *character < 0xA0);
        if (control && *character != U'\t' && *character != U'\r' && *character != U'\n')
            return Problem{start, "the control character " + printable(text.substr(start, offset - start)) +
                                      "; remove it"};
    }
    return std::nullopt;
}

} // namespace

TextPositions::TextPositions(std::string_view text) : line_starts_{0} {
    characters_before_.reserve(text.size() + 1);
    std::uint32_t characters = 0;
    for (std::size_t offset = 0; offset < text.size();) {
        const std::size_t start = offset;
        static_cast<void>(next_character(text, offset));
        characters_before_.insert(characters_before_.end(), offset - start, characters++);
        if (text[start] == '\n') line_starts_.push_back(offset);
    }
    characters_before_.push_back(characters);
}

TextPosition TextPositions::at(std::size_t offset) const {
    offset = std::min(offset, characters_before_.size() - 1);
    const auto next_line = std::ranges::upper_bound(line_starts_, offset);
    const std::size_t line_start = *std::prev(next_line);
    return {static_cast<int>(next_line - line_starts_.begin()),
            static_cast<int>(characters_before_[offset] - characters_before_[line_start]) + 1};
}

std::optional<TextError> find_text_error(std::string_view text) {
    if (text.size() > max_settings_size)
        return TextError{
            {},
            "the file has " + std::to_string(text.size()) +
                " bytes; settings have at most 1,048,576 (1 MiB); spread certificates over several "
                "groups of machines, or give sources instead of der"};
    if (auto problem = find_problem(text))
        return TextError{TextPositions(text).at(problem->offset), std::move(problem->message)};
    return std::nullopt;
}

} // namespace wta
