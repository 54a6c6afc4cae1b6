// packaging/hivex/conversions.cpp does to names what the iconv of glibc does, which libhivex uses on Linux.
#include "packaging/hivex/conversions.h"

#include "common/base/hex.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <iconv.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

using namespace wta;

namespace {

struct Pair {
    const char* to;
    const char* from;
};
constexpr std::array pairs{Pair{"LATIN1", "UTF-8"}, Pair{"UTF-8", "LATIN1"}, Pair{"UTF-16LE", "UTF-8"},
                           Pair{"UTF-8", "UTF-16LE"}};

// As libhivex converts (_hivex_recode in its utf16.c): with as much room as the input has bytes, and twice as
// much each time that is too little. Nothing when it is refused; whether by EILSEQ or by EINVAL makes no
// difference to libhivex.
template <class Convert>
std::optional<std::string> recoded(const Convert& convert, std::string input) {
    for (std::size_t room = input.size();; room *= 2) {
        std::string output(room, '?');
        char* in = input.data();
        char* out = output.data();
        std::size_t in_left = input.size();
        std::size_t out_left = room;
        errno = 0;
        const std::size_t result = convert(&in, &in_left, &out, &out_left);
        if (result != static_cast<std::size_t>(-1)) return output.substr(0, room - out_left);
        if (errno != E2BIG) return std::nullopt;
    }
}

class Both {
public:
    explicit Both(const Pair& pair)
        : theirs_(::iconv_open(pair.to, pair.from)), ours_(::hive_iconv_open(pair.to, pair.from)) {}
    ~Both() {
        ::iconv_close(theirs_);
        ::hive_iconv_close(ours_);
    }
    Both(const Both&) = delete;
    Both& operator=(const Both&) = delete;

    // Without a macro of Catch2 for each of millions.
    void check(const std::string& input) {
        const auto theirs = recoded(
            [this](char** in, std::size_t* in_left, char** out, std::size_t* out_left) {
                ::iconv(theirs_, nullptr, nullptr, nullptr, nullptr);
                return ::iconv(theirs_, in, in_left, out, out_left);
            },
            input);
        const auto ours = recode(input);
        if (theirs == ours) return;
        const auto shown = [](const std::optional<std::string>& text) {
            return text ? to_hex_lower(as_byte_view(*text)) : "refused";
        };
        FAIL(shown(input) << ": " << shown(ours) << ", and iconv says " << shown(theirs));
    }

    [[nodiscard]] std::optional<std::string> recode(const std::string& input) const {
        return recoded(
            [this](char** in, std::size_t* in_left, char** out, std::size_t* out_left) {
                ::hive_iconv(ours_, nullptr, nullptr, nullptr, nullptr);
                return ::hive_iconv(ours_, in, in_left, out, out_left);
            },
            input);
    }

private:
    ::iconv_t theirs_;
    void* ours_;
};

std::string random_bytes(std::mt19937& random, std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xFFU);
    return bytes;
}

} // namespace

TEST_CASE("libhivex's four conversions are those of iconv for each byte, and each two") {
    Both both(pairs[GENERATE(0U, 1U, 2U, 3U)]);
    both.check("");
    for (unsigned first = 0; first < 256; ++first) {
        both.check({static_cast<char>(first)});
        for (unsigned second = 0; second < 256; ++second)
            both.check({static_cast<char>(first), static_cast<char>(second)});
    }
}

TEST_CASE("they are for each start of a longer sequence, whole and cut") {
    Both both(pairs[GENERATE(0U, 1U, 2U, 3U)]);
    constexpr std::array<unsigned char, 12> edges{0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90,
                                                  0x9F, 0xA0, 0xBF, 0xC0, 0xD8, 0xDC};
    for (unsigned first = 0x80; first < 256; ++first) {
        for (const unsigned char second : edges) {
            if (first == 0xF3 && second == 0xA0) continue; // the tags of which a test below says more
            for (const unsigned char third : edges) {
                for (const unsigned char fourth : edges) {
                    const std::string input{static_cast<char>(first), static_cast<char>(second),
                                            static_cast<char>(third), static_cast<char>(fourth)};
                    both.check(input);
                    both.check(input.substr(0, 3));
                }
            }
        }
    }
}

TEST_CASE("they are for texts of any bytes") {
    Both both(pairs[GENERATE(0U, 1U, 2U, 3U)]);
    std::mt19937 random(7); // NOLINT(cert-msc51-cpp): the same at every run
    for (int i = 0; i < 20'000; ++i) both.check(random_bytes(random, random() % 12));
}

TEST_CASE("every character has the same form in UTF-16 and UTF-8, there and back") {
    Both to_utf8(pairs[3]);
    Both to_utf16(pairs[2]);
    Both to_latin(pairs[0]);
    for (std::uint32_t character = 0; character <= 0x10FFFF;
         character += character < 0x11000 || character > 0xDFF00 ? 1 : 97) {
        std::string utf16;
        const auto append = [&utf16](std::uint32_t unit) {
            utf16 += static_cast<char>(unit & 0xFFU);
            utf16 += static_cast<char>(unit >> 8U);
        };
        if (character < 0x10000) {
            append(character);
        } else {
            append(0xD800 + ((character - 0x10000) >> 10U));
            append(0xDC00 + ((character - 0x10000) & 0x3FFU));
        }
        to_utf8.check(utf16);
        const auto utf8 = to_utf8.recode(utf16);
        if (!utf8) continue; // half a pair
        to_utf16.check(*utf8);
        // glibc leaves these out without a word, and so changes a name; here they are what Latin-1 cannot
        // hold.
        const bool tag = character >= 0xE0000 && character <= 0xE007F;
        if (!tag) to_latin.check(*utf8);
    }
}

TEST_CASE("another conversion is none of theirs") {
    CHECK(::hive_iconv_open("UTF-8", "UTF-16BE") == reinterpret_cast<void*>(std::intptr_t{-1}));
    CHECK(errno == EINVAL);
}
