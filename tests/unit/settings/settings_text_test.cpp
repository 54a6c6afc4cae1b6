#include "common/settings/settings_text.h"

#include "common/settings/settings_reader.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

void check_refused(std::string_view text, const std::string& where, std::string_view words) {
    const auto error = find_text_error(text);
    REQUIRE(error);
    CHECK(std::to_string(error->position.line) + ":" + std::to_string(error->position.column) == where);
    CHECK_THAT(error->message, ContainsSubstring(std::string(words)));
}

} // namespace

TEST_CASE("plain UTF-8 with either line end is accepted") {
    CHECK_FALSE(find_text_error(""));
    CHECK_FALSE(find_text_error("a: b\r\n\tc: \xC3\xA9\xF0\x9F\x98\x80\n"));
    CHECK_FALSE(find_text_error(std::string(max_settings_size, '#')));
}

TEST_CASE("more than 1 MiB is refused") {
    check_refused(std::string(max_settings_size + 1, '#'), "0:0", "1 MiB");
}

TEST_CASE("a byte order mark is refused with the remedy") {
    check_refused("\xEF\xBB\xBFmode: audit", "1:1", "(BOM); save the file as UTF-8 without BOM");
}

TEST_CASE("UTF-16 and UTF-32 are refused by name") {
    check_refused(std::string_view("\xFF\xFE"
                                   "m\0o\0",
                                   6),
                  "1:1", "UTF-16");
    check_refused(std::string_view("\xFE\xFF\0m\0o", 6), "1:1", "UTF-16");
    check_refused(std::string_view("m\0o\0", 4), "1:1", "UTF-16 without BOM");
    check_refused(std::string_view("\0m\0o", 4), "1:1", "UTF-16 without BOM");
    check_refused(std::string_view("\xFF\xFE\0\0m\0\0\0", 8), "1:1", "UTF-32");
    check_refused(std::string_view("\0\0\xFE\xFF\0\0\0m", 8), "1:1", "UTF-32");
}

TEST_CASE("invalid UTF-8 is refused where it stands, counted in characters") {
    check_refused("a: b\n# \xC3\xA9\xC3\xA9 \xE9\n", "2:6", "\\xE9 is not UTF-8");
    check_refused("mode: audit\n\xC3", "2:1", "\\xC3 is not UTF-8");
}

TEST_CASE("control characters are refused, so that nothing behind them is overlooked") {
    check_refused(std::string_view("a: b\nc: d\0e", 11), "2:5", "\\x00");
    check_refused("a: b\x04\nmode: audit", "1:5", "\\x04"); // the YAML library takes this one for the end
    check_refused("a\x1B[2J", "1:2", "\\x1B");
    check_refused("a\x7F", "1:2", "\\x7F");
    check_refused("a\xC2\x85"
                  "b",
                  "1:2", "\\u{85}");
    check_refused("a: b\rmode: audit", "1:5", "carriage return");
    check_refused("a: b\r", "1:5", "carriage return");
}

TEST_CASE("positions count lines and characters from one") {
    const TextPositions positions("a\xC3\xA9z\r\n\nq");
    CHECK(positions.at(0) == TextPosition{1, 1});
    CHECK(positions.at(1) == TextPosition{1, 2});
    CHECK(positions.at(3) == TextPosition{1, 3});
    CHECK(positions.at(6) == TextPosition{2, 1});
    CHECK(positions.at(7) == TextPosition{3, 1});
    CHECK(positions.at(8) == TextPosition{3, 2});
    CHECK(positions.at(1'000) == TextPosition{3, 2});
    CHECK(TextPositions("").at(0) == TextPosition{1, 1});
}
