#include "common/report/text_layout.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

TEST_CASE("columns counts characters, not bytes") {
    CHECK(columns("") == 0);
    CHECK(columns("abc") == 3);
    CHECK(columns("Zoë…") == 4);
}

TEST_CASE("wrapping breaks at spaces, cuts longer words, and never inside a character") {
    CHECK(wrapped("one two three", 0, {.width = 11}) == "one two\nthree\n");
    CHECK(wrapped("one two", 2, {.width = 80}) == "  one two\n");
    CHECK(wrapped("ëëëëëëëëëëëëëëë", 0, {.width = 10}) == "ëëëëëëëëëë\nëëëëë\n");
    CHECK(wrapped("", 4, {.width = 80}).empty());
}

TEST_CASE("a cell that does not fit wraps inside its column") {
    const std::string text =
        table({"A", "B"}, {{Color::none, {"x", std::string(100, 'y')}, {"a note"}}}, {.width = 80});
    CHECK(text == "A  B\nx  " + std::string(77, 'y') + "\n   " + std::string(23, 'y') + "\n   a note\n");
}

TEST_CASE("a narrow terminal gets a list") {
    CHECK(table({"", "IS"}, {{Color::none, {"FAIL", "absent"}, {"Do: repair"}}}, {.width = 40}) ==
          "FAIL\n  IS: absent\n  Do: repair\n");
}
