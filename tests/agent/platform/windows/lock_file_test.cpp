#include "agent/platform/windows/lock_file.h"

#include "agent/platform/platform.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/second_process.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::hold_lock_file;

namespace {

constexpr int taken = 10;
constexpr int refused = 11;

} // namespace

TEST_CASE("a lock file has one holder, here and in other processes, and says which file it is") {
    if (const auto folder = second_process())
        platform::end_now(hold_lock_file(*folder, "resident") ? taken : refused);
    const ScratchFolder scratch;
    {
        const auto held = hold_lock_file(scratch.path(), "resident");
        REQUIRE(held);
        const auto second = hold_lock_file(scratch.path(), "resident");
        REQUIRE(!second);
        CHECK(second.error().code == ErrorCode::busy);
        CHECK_THAT(second.error().message, ContainsSubstring("\"resident\""));
        CHECK(run_again(scratch.path().native()).exit_code == refused);
    }
    CHECK(run_again(scratch.path().native()).exit_code == taken);
}

TEST_CASE(
    "locks of different names do not know each other: a resident holds its own while a run holds another") {
    const ScratchFolder scratch;
    const auto resident = hold_lock_file(scratch.path(), "resident");
    REQUIRE(resident);
    CHECK(hold_lock_file(scratch.path(), "lock"));
}
