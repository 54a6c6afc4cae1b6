#include "agent/transport/retry_after.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace wta;
using namespace std::chrono;

namespace {

const Timestamp now = sys_days{2026y / November / 28} + 10h;

} // namespace

TEST_CASE("seconds to retry after are taken as they are, up to 30 days") {
    CHECK(retry_after("0", now) == 0s);
    CHECK(retry_after("120", now) == 120s);
    CHECK(retry_after("0000000000000000000000120", now) == 120s);
    CHECK(retry_after("2592000", now) == longest_retry_after);
    CHECK(retry_after("2592001", now) == longest_retry_after);
    CHECK(retry_after("99999999999999999999999999", now) == longest_retry_after);
}

TEST_CASE("a date to retry after counts from now, in each of the three forms") {
    // RFC 9110, 5.6.7
    CHECK(retry_after("Sat, 28 Nov 2026 10:02:03 GMT", now) == 123s);
    CHECK(retry_after("Saturday, 28-Nov-26 10:02:03 GMT", now) == 123s);
    CHECK(retry_after("Sat Nov 28 10:02:03 2026", now) == 123s);
    CHECK(retry_after("Sun Dec  6 10:00:00 2026", now) == 8 * 24h);
    CHECK(retry_after("Sat, 28 Nov 2026 10:00:60 GMT", now) == 60s);
}

TEST_CASE("a date that has passed asks for nothing, and one that is far away for 30 days") {
    CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == 0s);
    CHECK(retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now) == longest_retry_after);
    CHECK(retry_after("Mon, 01 Jan 0001 00:00:00 GMT", now) == 0s);
}

TEST_CASE("a year of two digits lies at most 50 years ahead") {
    CHECK(retry_after("Sunday, 06-Nov-94 08:49:37 GMT", now) == 0s);
    CHECK(retry_after("Monday, 01-Jan-76 00:00:00 GMT", now) == longest_retry_after);
    CHECK(retry_after("Monday, 01-Jan-77 00:00:00 GMT", now) == 0s);
    CHECK(retry_after("Friday, 01-Jan-00 00:00:00 GMT", sys_days{2080y / January / 1}) ==
          longest_retry_after);
}

TEST_CASE("what is neither seconds nor a date is no wish") {
    const std::string value = GENERATE(
        "", " ", "-1", "+1", "1.5", "1 2", "0x10", "soon", "120s", "Sat, 28 Nov 2026 10:02:03",
        "Sat, 28 Nov 2026 10:02:03 UTC", "Sat, 28 Nov 2026 10:02:03 GMT ", "Sat, 31 Nov 2026 10:02:03 GMT",
        "Sat, 00 Nov 2026 10:02:03 GMT", "Sat, 28 nov 2026 10:02:03 GMT", "Sat, 28 Nov 2026 24:00:00 GMT",
        "Sat, 28 Nov 2026 10:60:00 GMT", "Sat, 28 Nov 2026 10:00:61 GMT", "Sat, 2x Nov 2026 10:02:03 GMT",
        " GMT", "Sa", ",", "Saturdayyyyy, 28-Nov-26 10:02:03 GMT", "Sat Nov 28 10:02:03 2026 GMT",
        "2026-11-28T10:02:03Z");
    CAPTURE(value);
    CHECK(retry_after(value, now) == std::nullopt);
}
