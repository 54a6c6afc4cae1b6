#include "common/base/time.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using std::chrono::seconds;

TEST_CASE("a time is written in UTC to the second") {
    CHECK(to_rfc3339(Timestamp{}) == "1970-01-01T00:00:00Z");
    CHECK(to_rfc3339(Timestamp{seconds{1'000'000'000}}) == "2001-09-09T01:46:40Z");
    CHECK(to_rfc3339(Timestamp{seconds{-1}}) == "1969-12-31T23:59:59Z");
    CHECK(to_rfc3339(Timestamp{seconds{951'782'400}}) == "2000-02-29T00:00:00Z");
}

TEST_CASE("times that RFC 3339 cannot write are moved to the nearest end") {
    CHECK(to_rfc3339(Timestamp::max()) == "9999-12-31T23:59:59Z");
    CHECK(to_rfc3339(Timestamp::min()) == "0000-01-01T00:00:00Z");
}

TEST_CASE("what was written is read back") {
    for (const std::int64_t count :
         {-62'167'219'200LL, -1LL, 0LL, 951'782'399LL, 1'795'344'420LL, 253'402'300'799LL}) {
        const Timestamp time{seconds{count}};
        CHECK(from_rfc3339(to_rfc3339(time)) == time);
    }
}

TEST_CASE("anything but a complete UTC time is refused") {
    REQUIRE(from_rfc3339("2026-11-22T10:47:00Z"));
    for (const auto* text :
         {"", "2026-11-22", "2026-11-22T10:47:00", "2026-11-22T10:47:00z", "2026-11-22 10:47:00Z",
          "2026-11-22T10:47:00+0", "2026-11-22T10:47:00Z ", " 026-11-22T10:47:00Z", "-026-11-22T10:47:00Z",
          "2026-13-22T10:47:00Z", "2026-00-22T10:47:00Z", "2026-02-29T10:47:00Z", "2026-11-31T10:47:00Z",
          "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z", "2026-11-22T10:47:60Z", "2026-11-22T1a:47:00Z",
          "2026-11-22T10:47:0.Z"}) {
        INFO(text);
        CHECK_FALSE(from_rfc3339(text));
    }
}
