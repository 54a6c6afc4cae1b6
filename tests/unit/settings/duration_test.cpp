#include "common/settings/duration.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using std::chrono::milliseconds;

TEST_CASE("a whole number with its unit is a duration") {
    CHECK(parse_duration("500ms") == milliseconds{500});
    CHECK(parse_duration("30s") == std::chrono::seconds{30});
    CHECK(parse_duration("5m") == std::chrono::minutes{5});
    CHECK(parse_duration("4h") == std::chrono::hours{4});
    CHECK(parse_duration("7d") == std::chrono::days{7});
    CHECK(parse_duration("0") == milliseconds{0});
    CHECK(parse_duration("0s") == milliseconds{0});
    CHECK(parse_duration("3650d") == std::chrono::days{3650});
}

TEST_CASE("a duration without unit, with fractions, signs, spaces or other units is refused") {
    for (const auto* text : {"", "30", "00", "s", "1.5h", "-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1sec",
                             "1w", "1m30s", "1sm", "٣s"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("durations above ten years are refused instead of overflowing") {
    for (const auto* text : {"3651d", "87601h", "99999999999999999999s", "9223372036854775807ms",
                             "9223372036854775808d", "315360000001ms"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a duration is written with the largest unit that divides it, and read back") {
    CHECK(to_string(milliseconds{0}) == "0s");
    CHECK(to_string(milliseconds{1'500}) == "1500ms");
    CHECK(to_string(std::chrono::seconds{90}) == "90s");
    CHECK(to_string(std::chrono::minutes{120}) == "2h");
    CHECK(to_string(std::chrono::hours{168}) == "7d");
    for (const auto* text : {"1ms", "999ms", "59s", "61s", "59m", "25h", "365d"})
        CHECK(to_string(*parse_duration(text)) == text);
}
