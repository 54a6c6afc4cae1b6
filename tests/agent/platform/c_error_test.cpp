#include "agent/platform/c_error.h"

#include "agent/cycle/run_cycle.h"

#include <catch2/catch_test_macros.hpp>

#include <cerrno>

using namespace wta;

TEST_CASE("want of memory or file handles is told from damage") {
    for (const int number : {ENOMEM, EMFILE, ENFILE}) {
        const auto failure = platform::os_failure("map the hive", number);
        CHECK(failure.error().code == ErrorCode::exhausted);
        CHECK(to_finding(failure.error(), EndpointKind::image).code == ReasonCode::out_of_resources);
    }
    const auto damaged = platform::os_failure("read the hive", EIO);
    CHECK(damaged.error().code == ErrorCode::io);
}
