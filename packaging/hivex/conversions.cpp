#include "conversions.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace {

// What one step came to: bytes taken or given, or why there are none.
constexpr int illegal = -EILSEQ; // no text, or nothing that the target can hold
constexpr int cut = -EINVAL;     // the input ends within a character
constexpr int no_room = -E2BIG;

using Reader = int (*)(const unsigned char* from, std::size_t left, std::uint32_t& character);
using Writer = int (*)(unsigned char* to, std::size_t left, std::uint32_t character);

struct Conversion {
    const char* to;
    const char* from;
    Reader read;
    Writer write;
};

bool is_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDFFF; }

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. What cannot become a character any more
// is illegal at once, not cut.
int read_utf8(const unsigned char* from, std::size_t left, std::uint32_t& character) {
    const unsigned first = from[0];
    if (first < 0x80) {
        character = first;
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) return illegal;
    const int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    character = first & (0x7FU >> length);
    for (int i = 1; i < length; ++i) {
        if (static_cast<std::size_t>(i) == left) return cut;
        const unsigned next = from[i];
        if ((next & 0xC0U) != 0x80) return illegal;
        if (i == 1 && ((first == 0xE0 && next < 0xA0) || (first == 0xED && next > 0x9F) ||
                       (first == 0xF0 && next < 0x90) || (first == 0xF4 && next > 0x8F)))
            return illegal;
        character = (character << 6U) | (next & 0x3FU);
    }
    return length;
}

int write_utf8(unsigned char* to, std::size_t left, std::uint32_t character) {
    const int length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    if (left < static_cast<std::size_t>(length)) return no_room;
    if (length == 1) {
        to[0] = static_cast<unsigned char>(character);
        return length;
    }
    for (int i = length - 1; i > 0; --i) {
        to[i] = static_cast<unsigned char>(0x80U | (character & 0x3FU));
        character >>= 6U;
    }
    to[0] = static_cast<unsigned char>((0xF00U >> length) | character);
    return length;
}

int read_latin1(const unsigned char* from, std::size_t /*left*/, std::uint32_t& character) {
    character = from[0];
    return 1;
}

int write_latin1(unsigned char* to, std::size_t left, std::uint32_t character) {
    if (character > 0xFF) return illegal;
    if (left < 1) return no_room;
    to[0] = static_cast<unsigned char>(character);
    return 1;
}

std::uint32_t unit_at(const unsigned char* from) { return from[0] | (std::uint32_t{from[1]} << 8U); }

int read_utf16le(const unsigned char* from, std::size_t left, std::uint32_t& character) {
    if (left < 2) return cut;
    const std::uint32_t unit = unit_at(from);
    if (!is_surrogate(unit)) {
        character = unit;
        return 2;
    }
    if (unit >= 0xDC00) return illegal;
    if (left < 4) return cut;
    const std::uint32_t second = unit_at(from + 2);
    if (second < 0xDC00 || second > 0xDFFF) return illegal;
    character = 0x10000 + ((unit - 0xD800) << 10U) + (second - 0xDC00);
    return 4;
}

void put_unit(unsigned char* to, std::uint32_t unit) {
    to[0] = static_cast<unsigned char>(unit & 0xFFU);
    to[1] = static_cast<unsigned char>(unit >> 8U);
}

int write_utf16le(unsigned char* to, std::size_t left, std::uint32_t character) {
    const int length = character < 0x10000 ? 2 : 4;
    if (left < static_cast<std::size_t>(length)) return no_room;
    if (length == 2) {
        put_unit(to, character);
    } else {
        put_unit(to, 0xD800 + ((character - 0x10000) >> 10U));
        put_unit(to + 2, 0xDC00 + (character & 0x3FFU));
    }
    return length;
}

// libhivex's spellings of the names.
Conversion conversions[] = {
    {"LATIN1", "UTF-8", read_utf8, write_latin1},
    {"UTF-8", "LATIN1", read_latin1, write_utf8},
    {"UTF-16LE", "UTF-8", read_utf8, write_utf16le},
    {"UTF-8", "UTF-16LE", read_utf16le, write_utf8},
};

} // namespace

void* hive_iconv_open(const char* to, const char* from) {
    for (Conversion& conversion : conversions) {
        if (std::strcmp(conversion.to, to) == 0 && std::strcmp(conversion.from, from) == 0)
            return &conversion;
    }
    errno = EINVAL;
    return reinterpret_cast<void*>(std::intptr_t{-1});
}

std::size_t hive_iconv(void* conversion, char** input, std::size_t* input_left, char** output,
                       std::size_t* output_left) {
    if (input == nullptr || *input == nullptr)
        return 0; // a new text begins: nothing was kept of the last one
    const auto& pair = *static_cast<const Conversion*>(conversion);
    while (*input_left > 0) {
        std::uint32_t character = 0;
        const int taken = pair.read(reinterpret_cast<const unsigned char*>(*input), *input_left, character);
        const int given =
            taken < 0 ? taken
                      : pair.write(reinterpret_cast<unsigned char*>(*output), *output_left, character);
        if (given < 0) {
            errno = -given;
            return static_cast<std::size_t>(-1);
        }
        *input += taken;
        *input_left -= static_cast<std::size_t>(taken);
        *output += given;
        *output_left -= static_cast<std::size_t>(given);
    }
    return 0;
}

int hive_iconv_close(void* /*conversion*/) { return 0; }
