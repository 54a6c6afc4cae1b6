#include "agent/reporting/queue_state.h"

#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>

#include <limits>

using namespace wta;
using wta::test::ScratchFolder;
using wta::test::write_text;

namespace {

constexpr Timestamp noon{std::chrono::sys_days(std::chrono::year{2026} / 11 / 28)};

} // namespace

TEST_CASE("what is remembered of a receiver is what was written") {
    const ScratchFolder scratch;
    const QueueState state{.failures = 3,
                           .failing_since = noon,
                           .not_before = noon + std::chrono::hours{2},
                           .failure = "no connection",
                           .dropped = {.count = 7, .told = 5, .reason = "too many"},
                           .refused = {.count = 1, .told = 0, .reason = "413"},
                           .damaged = {.count = 2, .told = 2, .reason = "no JSON"}};
    REQUIRE(write_queue_state(scratch.path(), state));
    CHECK(read_queue_state(scratch.path()) == state);
    REQUIRE(write_queue_state(scratch.path(), {}));
    CHECK(read_queue_state(scratch.path()) == QueueState{});
}

TEST_CASE("whatever stands in the file of a receiver, it reads as something sensible") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / "state.json";
    CHECK(read_queue_state(scratch.path()) == QueueState{}); // there is none
    for (const auto* text : {"", "{", "[]", "null", "\"x\"", R"({"failures":"3"})", R"({"failures":-1})",
                             R"({"failures":1e300})", R"({"notBefore":"tomorrow"})", R"({"dropped":[]})",
                             R"({"dropped":{"count":-1,"told":-1}})", "\xFF\xFE"}) {
        write_text(file, text);
        INFO(text);
        CHECK(read_queue_state(scratch.path()) == QueueState{});
    }
    write_text(file, std::string(100'000, ' ') + "{}");
    CHECK(read_queue_state(scratch.path()) == QueueState{});
    write_text(file, R"({"failures":9223372036854775807,"failure":"a\r\nb","dropped":{"count":2,"told":9}})");
    const QueueState state = read_queue_state(scratch.path());
    CHECK(state.failures >= 0);
    CHECK(state.failure == "a\\x0D\\x0Ab");
    CHECK(state.dropped.told == 2); // more cannot have been told
}
