#include "agent/reporting/retry.h"

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace wta;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

constexpr double almost_one = 0.999'999;

} // namespace

TEST_CASE("each failure in a row is followed by a longer wait, up to twelve hours") {
    struct Range {
        int failures;
        seconds shortest;
        seconds longest;
    };
    for (const auto& [failures, shortest, longest] : std::vector<Range>{{1, 1min, 5min},
                                                                        {2, 1h, 3h},
                                                                        {3, 2h, 6h},
                                                                        {4, 4h, 12h},
                                                                        {5, 4h, 12h},
                                                                        {2'000'000'000, 4h, 12h}}) {
        INFO(failures);
        CHECK(retry_delay(failures, 0, {}) == shortest);
        CHECK(retry_delay(failures, almost_one, {}) < longest);
        CHECK(retry_delay(failures, almost_one, {}) > longest - 10s);
        CHECK(retry_delay(failures, 0.5, {}) == (shortest + longest) / 2);
    }
}

TEST_CASE("a receiver waits as long as it asked for, and not for all at the same moment") {
    CHECK(retry_delay(1, 0, 120s) == 120s);
    CHECK(retry_delay(1, almost_one, 120s) > 238s);
    CHECK(retry_delay(1, almost_one, 120s) < 240s);
    CHECK(retry_delay(7, 0, 120s) == 120s); // however often it failed before
    CHECK(retry_delay(1, 0, 0s) == 0s);
    CHECK(retry_delay(1, almost_one, 0s) > 58s);
}

TEST_CASE("no receiver is left alone for longer than two days, whatever it asks for") {
    CHECK(retry_delay(1, 0, 1'000h) == 24h);
    CHECK(retry_delay(1, almost_one, 1'000h) <= longest_retry_delay);
    CHECK(retry_delay(1, 0, -5s) == 0s);
}

// What a fleet does after an outage: with reports that come evenly, `rate` for each minute, those that failed
// during the hour come again within the next hours, and at no time as many as come anyway.
TEST_CASE("an hour without a receiver is made up for without a rush") {
    constexpr int outage = 60;
    constexpr int horizon = 600;
    constexpr int per_minute = 400;
    std::vector<int> again(horizon);
    std::uint64_t state = 1; // a linear congruential generator (Knuth): the same numbers in each run
    const auto random = [&state] {
        state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        return static_cast<double>(state >> 11U) / 9'007'199'254'740'992.0;
    };
    for (int minute = 0; minute < outage; ++minute) {
        for (int i = 0; i < per_minute; ++i) {
            seconds time = minute * 1min;
            for (int failures = 1; time < outage * 1min; ++failures)
                time += retry_delay(failures, random(), {});
            const auto when = std::chrono::duration_cast<std::chrono::minutes>(time).count() - outage;
            REQUIRE(when < horizon);
            ++again[static_cast<std::size_t>(when)];
        }
    }
    int most = 0;
    for (std::size_t begin = 0; begin + 10 <= again.size(); ++begin) { // ten minutes of work
        int sum = 0;
        for (std::size_t i = 0; i < 10; ++i) sum += again[begin + i];
        most = std::max(most, sum);
    }
    CHECK(most <= 10 * per_minute);
    CHECK(most > per_minute);
}
