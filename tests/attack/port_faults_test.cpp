// Threats 22, 23: a run that dies at any of its port calls, or in which any of them fails, over a live
// machine in memory, which keeps each write at once. The same over images and over the live registry:
// image_faults_test.cpp, live_faults_test.cpp.
#include "tests/support/scene.h"
#include "tests/support/trial.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

using namespace wta;
using namespace wta::test;

TEST_CASE("threat 22: wherever a run dies between two calls of a port, the next one converges and nothing of "
          "ours is "
          "unmarked") {
    MemorySubject machine(EndpointKind::live);
    Trial trial(machine);
    for (const Command command : {Command::check, Command::repair, Command::undo, Command::distrust}) {
        const auto calls = trial.calls(command);
        for (const Disturbance::Call& call : calls) {
            const int n = static_cast<int>(&call - calls.data()) + 1;
            for (const auto kind : {Disturbance::Kind::dies_before, Disturbance::Kind::dies_after}) {
                INFO("call " << n << ", " << static_cast<int>(call.call) << " " << call.key);
                trial.begin(command);
                Disturbance disturbance(kind, n);
                REQUIRE(trial.run_until_death(command, disturbance));
                trial.check_after_death(command);
            }
        }
    }
}

TEST_CASE(
    "whatever port call fails, and however, the report is true, the exit code is right, and the next run "
    "finishes the work") {
    MemorySubject machine(EndpointKind::live);
    Trial trial(machine);
    for (const Command command : {Command::check, Command::repair, Command::undo, Command::distrust}) {
        const auto calls = trial.calls(command);
        for (std::size_t i = 0; i < calls.size(); ++i)
            for (const ErrorCode code : permitted_errors(calls[i].call))
                trial.fail_and_check(command, calls, i, code, Disturbance::Kind::fails);
    }
}

TEST_CASE("a write that was made but told as failed is never reported as done where it is not") {
    MemorySubject machine(EndpointKind::live);
    Trial trial(machine);
    for (const Command command : {Command::repair, Command::undo, Command::distrust}) {
        const auto calls = trial.calls(command);
        for (std::size_t i = 0; i < calls.size(); ++i)
            if (may_write(calls[i].call))
                trial.fail_and_check(command, calls, i, ErrorCode::io, Disturbance::Kind::lies);
    }
}

TEST_CASE(
    "whatever a source answers, exit 4 where the certificate is missing, a warning where it is in place") {
    const auto code = static_cast<ReasonCode>(GENERATE(Catch::Generators::range(
        static_cast<int>(ReasonCode::source_not_supported), static_cast<int>(ReasonCode::truncated) + 1)));
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.transport.fail(Scene::source_of(wsus()), code);
    CHECK(exit_code(scene.repair()) == 4);
    CHECK_FALSE(scene.holds(StoreName::trusted_publisher, wsus()));
    scene.publish(wsus());
    CHECK(exit_code(scene.repair()) == 0);
    scene.settings.fetch.refresh.value = std::chrono::seconds::zero();
    scene.transport.fail(Scene::source_of(wsus()), code);
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.holds(StoreName::root, wsus()));
}
