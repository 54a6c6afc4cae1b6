#include "common/base/utf.h"

#include "common/base/hex.h"

#include <algorithm>
#include <array>

namespace wta {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Unicode categories Cc, Zl, Zp, the invisible ones of Cf, and the letters that are drawn as nothing.
constexpr std::array unprintable_ranges{
    Range{0x0000, 0x001F},   Range{0x007F, 0x009F},   Range{0x00AD, 0x00AD},   Range{0x034F, 0x034F},
    Range{0x061C, 0x061C},   Range{0x115F, 0x1160},   Range{0x17B4, 0x17B5},   Range{0x180E, 0x180E},
    Range{0x200B, 0x200F},   Range{0x2028, 0x202E},   Range{0x2060, 0x206F},   Range{0x3164, 0x3164},
    Range{0xFDD0, 0xFDEF},   Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},   Range{0xFFF0, 0xFFFB},
    Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A}, Range{0xE0000, 0xE00FF},
};

std::uint32_t byte_at(std::string_view text, std::size_t offset) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[offset]));
}

// How many bytes the leading byte announces (RFC 3629); 0 when no character starts with it.
std::size_t announced_length(std::uint32_t lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

std::string escaped(char32_t character) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string hex;
    for (char32_t rest = character; rest != 0; rest >>= 4U) hex.insert(hex.begin(), digits[rest & 0xFU]);
    return "\\u{" + hex + "}";
}

std::string escaped_byte(char byte) { return "\\x" + to_hex_upper(as_byte_view({&byte, 1})); }

void append_utf8(std::string& text, char32_t character) {
    const auto put = [&text](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
    if (character < 0x80) {
        put(character);
    } else if (character < 0x800) {
        put(0xC0U | (character >> 6U));
        put(0x80U | (character & 0x3FU));
    } else if (character < 0x10000) {
        put(0xE0U | (character >> 12U));
        put(0x80U | ((character >> 6U) & 0x3FU));
        put(0x80U | (character & 0x3FU));
    } else {
        put(0xF0U | (character >> 18U));
        put(0x80U | ((character >> 12U) & 0x3FU));
        put(0x80U | ((character >> 6U) & 0x3FU));
        put(0x80U | (character & 0x3FU));
    }
}

void append_u16le(Bytes& out, char32_t unit) {
    out.push_back(static_cast<std::byte>(unit & 0xFFU));
    out.push_back(static_cast<std::byte>((unit >> 8U) & 0xFFU));
}

} // namespace

std::optional<char32_t> next_character(std::string_view text, std::size_t& offset) {
    const std::size_t start = offset++;
    const std::uint32_t lead = byte_at(text, start);
    const std::size_t length = announced_length(lead);
    if (length == 1) return static_cast<char32_t>(lead);
    if (length == 0 || text.size() - start < length) return std::nullopt;
    char32_t character = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const std::uint32_t byte = byte_at(text, start + i);
        if ((byte & 0xC0U) != 0x80U) return std::nullopt;
        character = (character << 6U) | (byte & 0x3FU);
    }
    const bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
    const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (overlong || surrogate || character > 0x10FFFF) return std::nullopt;
    offset = start + length;
    return character;
}

bool is_valid_utf8(std::string_view text) {
    std::size_t offset = 0;
    while (offset < text.size())
        if (!next_character(text, offset)) return false;
    return true;
}

bool is_unprintable(char32_t character) {
    if (character >= U' ' && character <= U'~') return false; // nearly all of them
    if ((character & 0xFFFEU) == 0xFFFEU) return true;        // the last two of every plane are noncharacters
    return std::ranges::any_of(unprintable_ranges, [character](const Range& range) {
        return character >= range.first && character <= range.last;
    });
}

std::string printable(std::string_view text, std::size_t max_bytes) {
    const auto plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (text.size() <= max_bytes && std::ranges::all_of(text, plain))
        return std::string(text); // nearly always
    constexpr std::string_view ellipsis = "…";
    std::string out;
    std::size_t room_for_ellipsis = 0; // the last place between two characters where it still fits
    for (std::size_t offset = 0; offset < text.size();) {
        const std::size_t start = offset;
        const auto character = next_character(text, offset);
        if (!character || (*character < 0x80 && is_unprintable(*character)))
            out += escaped_byte(text[start]);
        else if (is_unprintable(*character))
            out += escaped(*character);
        else
            out += text.substr(start, offset - start);
        if (out.size() > max_bytes) {
            out.resize(room_for_ellipsis);
            if (max_bytes >= ellipsis.size()) out += ellipsis;
            return out;
        }
        if (out.size() + ellipsis.size() <= max_bytes) room_for_ellipsis = out.size();
    }
    return out;
}

Bytes to_utf16le_z(std::string_view utf8) {
    Bytes out;
    out.reserve(utf8.size() * 2 + 2);
    for (std::size_t offset = 0; offset < utf8.size();) {
        const char32_t character = next_character(utf8, offset).value_or(0xFFFD);
        if (character < 0x10000) {
            append_u16le(out, character);
        } else {
            append_u16le(out, 0xD800U + ((character - 0x10000U) >> 10U));
            append_u16le(out, 0xDC00U + ((character - 0x10000U) & 0x3FFU));
        }
    }
    append_u16le(out, 0);
    return out;
}

std::optional<std::string> from_utf16le(ByteView bytes) {
    if (bytes.size() % 2 != 0) return std::nullopt;
    const auto unit_at = [&bytes](std::size_t i) {
        return std::to_integer<char32_t>(bytes[i]) | (std::to_integer<char32_t>(bytes[i + 1]) << 8U);
    };
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        const char32_t unit = unit_at(i);
        if (unit == 0) break;
        if (unit < 0xD800 || unit > 0xDFFF) {
            append_utf8(text, unit);
            continue;
        }
        i += 2;
        if (unit > 0xDBFF || i >= bytes.size()) return std::nullopt;
        const char32_t low = unit_at(i);
        if (low < 0xDC00 || low > 0xDFFF) return std::nullopt;
        append_utf8(text, 0x10000U + ((unit - 0xD800U) << 10U) + (low - 0xDC00U));
    }
    return text;
}

} // namespace wta
