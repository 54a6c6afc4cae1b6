#include "common/base/utf.h"

#include <catch2/catch_test_macros.hpp>

#include <random>

using namespace wta;

namespace {

Bytes bytes_of(std::initializer_list<unsigned> values) {
    Bytes bytes;
    for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}

std::string utf8_of(char32_t character) {
    const auto low = static_cast<unsigned>(character);
    if (low < 0x10000) return *from_utf16le(bytes_of({low & 0xFFU, low >> 8U}));
    const unsigned high_surrogate = 0xD800U + ((low - 0x10000U) >> 10U);
    const unsigned low_surrogate = 0xDC00U + ((low - 0x10000U) & 0x3FFU);
    return *from_utf16le(
        bytes_of({high_surrogate & 0xFFU, high_surrogate >> 8U, low_surrogate & 0xFFU, low_surrogate >> 8U}));
}

// The invalid sequences of RFC 3629.
constexpr std::string_view invalid_utf8[] = {
    "\x80",         "\xBF",         "\xC0\x80",         "\xC1\xBF",         "\xC3",
    "\xC3(",        "\xE2\x82",     "\xE2(\xA1",        "\xE0\x80\x80",     "\xE0\x9F\xBF",
    "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
    "\xFE",         "\xFF",         "\xF0\x90\x80",     "\xF0\x90\x80("};

} // namespace

TEST_CASE("well-formed UTF-8 of every length is valid") {
    CHECK(is_valid_utf8(""));
    CHECK(is_valid_utf8("aé€😀"));
    CHECK(is_valid_utf8(std::string_view("a\0b", 3)));
    CHECK(is_valid_utf8("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST_CASE("overlong forms, surrogates, cut sequences and numbers above U+10FFFF are not UTF-8") {
    for (const auto text : invalid_utf8) {
        CHECK_FALSE(is_valid_utf8(text));
        CHECK_FALSE(is_valid_utf8("a" + std::string(text)));
        CHECK_FALSE(is_valid_utf8(std::string(text) + "a"));
    }
}

TEST_CASE("what is printable stays itself, backslashes and other scripts included") {
    constexpr std::string_view text = R"(C:\Users\Zoë "x" 日本語 العربية 😀 ~)";
    CHECK(printable(text) == text);
    CHECK(printable("").empty());
}

TEST_CASE("control characters become escapes, so that a log keeps its lines") {
    CHECK(printable("a\r\nb") == R"(a\x0D\x0Ab)");
    CHECK(printable("\x1B[31mred\x07\t\x7F") == R"(\x1B[31mred\x07\x09\x7F)");
    CHECK(printable(std::string_view("a\0b", 3)) == R"(a\x00b)");
    CHECK(printable("\xC2\x85\xC2\x9B") == R"(\u{85}\u{9B})");
}

TEST_CASE("characters that hide or reorder text become escapes") {
    for (const char32_t character :
         {0x00ADU,  0x034FU,  0x061CU,   0x115FU,  0x1160U,  0x17B4U,  0x17B5U,  0x180EU,  0x200BU,  0x200CU,
          0x200DU,  0x200EU,  0x200FU,   0x2028U,  0x2029U,  0x202AU,  0x202BU,  0x202CU,  0x202DU,  0x202EU,
          0x2060U,  0x2064U,  0x2066U,   0x2067U,  0x2068U,  0x2069U,  0x206FU,  0x3164U,  0xFDD0U,  0xFDEFU,
          0xFEFFU,  0xFFA0U,  0xFFF0U,   0xFFF9U,  0xFFFBU,  0xFFFEU,  0xFFFFU,  0x1BCA0U, 0x1BCA3U, 0x1D173U,
          0x1D17AU, 0x1FFFEU, 0x10FFFFU, 0xE0000U, 0xE0001U, 0xE0020U, 0xE007FU, 0xE00FFU}) {
        CAPTURE(static_cast<unsigned>(character));
        const std::string text = "a" + utf8_of(character) + "b";
        REQUIRE(is_valid_utf8(text));
        const std::string shown = printable(text);
        CHECK(shown.starts_with(R"(a\u{)"));
        CHECK(shown.ends_with("}b"));
    }
    CHECK(printable("\xE2\x80\xAE") == R"(\u{202E})");
    CHECK(printable("\xF3\xA0\x80\x81") == R"(\u{E0001})");
}

TEST_CASE("the neighbours of hidden characters stay themselves") {
    for (const char32_t character :
         {0x00A0U, 0x00ACU, 0x00AEU,  0x034EU,  0x0350U,  0x061BU,  0x061DU, 0x115EU,
          0x1161U, 0x17B3U, 0x17B6U,  0x200AU,  0x2010U,  0x2027U,  0x202FU, 0x205FU,
          0x2070U, 0x3163U, 0x3165U,  0xFDCFU,  0xFDF0U,  0xFE0FU,  0xFF9FU, 0xFFA1U,
          0xFFFCU, 0xFFFDU, 0x1BC9FU, 0x1BCA4U, 0x1D172U, 0x1D17BU, 0xE0100U}) {
        CAPTURE(static_cast<unsigned>(character));
        CHECK(printable(utf8_of(character)) == utf8_of(character));
    }
}

TEST_CASE("each byte of invalid UTF-8 becomes an escape") {
    CHECK(printable("a\xFF") == R"(a\xFF)");
    CHECK(printable("\xC3(") == R"(\xC3()");
    CHECK(printable("\xED\xA0\x80") == R"(\xED\xA0\x80)");
    for (const auto text : invalid_utf8) CHECK(is_valid_utf8(printable(text)));
}

TEST_CASE("long text is cut between characters and ends in an ellipsis") {
    CHECK(printable("abcdef", 6) == "abcdef");
    CHECK(printable("abcdefg", 6) == "abc…");
    CHECK(printable("éééé", 7) == "éé…");
    CHECK(printable("ab\n\n\n", 10) == R"(ab\x0A…)");
    CHECK(printable("abcd", 3) == "…");
    CHECK(printable("abcd", 2).empty());
    CHECK(printable("abcd", 0).empty());
    CHECK(printable(std::string(50'000, 'a')).size() == 1024);
    CHECK(printable(std::string(50'000, '\n'), 1000).size() <= 1000);
}

TEST_CASE("whatever the input, the printable form is short, valid and its own printable form") {
    std::mt19937 random(30);
    for (int round = 0; round < 2'000; ++round) {
        std::string text(random() % 40, '\0');
        for (char& c : text) c = static_cast<char>(static_cast<unsigned char>(random() & 0xFFU));
        const std::size_t limit = random() % 60;
        const std::string shown = printable(text, limit);
        REQUIRE(shown.size() <= limit);
        REQUIRE(is_valid_utf8(shown));
        REQUIRE(printable(shown) == shown);
    }
}

TEST_CASE("UTF-16LE ends in NUL and uses surrogates above the first plane") {
    CHECK(to_utf16le_z("") == bytes_of({0, 0}));
    CHECK(to_utf16le_z("a€") == bytes_of({0x61, 0, 0xAC, 0x20, 0, 0}));
    CHECK(to_utf16le_z("😀") == bytes_of({0x3D, 0xD8, 0x00, 0xDE, 0, 0}));
    CHECK(to_utf16le_z("\xFF") == bytes_of({0xFD, 0xFF, 0, 0}));
}

TEST_CASE("UTF-16LE is read up to the first NUL or the end") {
    CHECK(from_utf16le({}) == "");
    CHECK(from_utf16le(bytes_of({0x61, 0})) == "a");
    CHECK(from_utf16le(bytes_of({0x61, 0, 0, 0, 0x62, 0})) == "a");
    CHECK(from_utf16le(bytes_of({0x61, 0, 0, 0, 0x00, 0xD8})) == "a");
    CHECK(from_utf16le(to_utf16le_z("aé€😀")) == "aé€😀");
}

TEST_CASE("an odd number of bytes or an unpaired surrogate is not UTF-16") {
    CHECK_FALSE(from_utf16le(bytes_of({0x61})));
    CHECK_FALSE(from_utf16le(bytes_of({0x61, 0, 0})));
    CHECK_FALSE(from_utf16le(bytes_of({0x3D, 0xD8})));
    CHECK_FALSE(from_utf16le(bytes_of({0x3D, 0xD8, 0x61, 0})));
    CHECK_FALSE(from_utf16le(bytes_of({0x3D, 0xD8, 0, 0})));
    CHECK_FALSE(from_utf16le(bytes_of({0x00, 0xDE, 0x3D, 0xD8})));
    CHECK_FALSE(from_utf16le(bytes_of({0x00, 0xDE, 0x00, 0xDE})));
}
