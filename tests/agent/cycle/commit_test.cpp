// What a run writes, keeps and says when something fails around its changes.
#include "agent/cycle/run_cycle.h"

#include "tests/support/scene.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;
using test::changes;
using test::codes;
using test::Scene;
using test::wsus;

TEST_CASE("a right that is missing exits 5 and changes nothing") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    test::MemoryEndpoint endpoint(scene.registry);
    endpoint.fail_begin_changes(
        {.code = ErrorCode::access_denied, .message = "the folder may not be written"});
    const StatusReport report =
        run_cycle({.kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}},
                  scene.settings, endpoint, scene.transport);
    CHECK(exit_code(report) == 5);
    CHECK(changes(report).find("done") == std::string::npos);
    CHECK(scene.registry.writes().empty());
}

TEST_CASE("a commit that fails exits 8 and reports nothing as done") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    test::MemoryEndpoint endpoint(scene.registry);
    endpoint.fail_commit({.code = ErrorCode::io, .message = "no space left on device"});
    const StatusReport report =
        run_cycle({.kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}},
                  scene.settings, endpoint, scene.transport);
    CHECK(exit_code(report) == 8);
    CHECK(changes(report).find("done") == std::string::npos);
    CHECK(report.in_desired_state == false);
    CHECK(scene.observed().entries.empty());
}

TEST_CASE("whatever call of the registry fails, the report is true and the next run finishes the work") {
    const EndpointKind kind = GENERATE(EndpointKind::image, EndpointKind::live);
    for (int n = 1; n < 400; ++n) {
        Scene scene;
        scene.kind = kind;
        scene.pin(wsus());
        scene.publish(wsus());
        scene.registry.fail_call(n, {.code = ErrorCode::io, .message = "told to fail"});
        const StatusReport report = scene.repair();
        INFO("call " << n << ": " << changes(report) << " / " << codes(report));
        for (const ReportChange& change : report.changes) {
            const bool made = change.outcome == Outcome::done;
            if (change.store == "Root") CHECK(made == scene.holds(StoreName::root, wsus()));
            if (change.store == "TrustedPublisher")
                CHECK(made == scene.holds(StoreName::trusted_publisher, wsus()));
        }
        if (exit_code(report) == 0) CHECK(scene.holds(StoreName::root, wsus()));
        const bool beyond = report.findings.empty() || codes(report).empty();
        CHECK(exit_code(scene.repair()) == 0);
        CHECK(scene.holds(StoreName::root, wsus()));
        CHECK(scene.entry(StoreName::root, wsus())->ours());
        if (beyond) return; // the failing call was beyond the run
    }
    FAIL("the run never ended without the failure");
}

TEST_CASE("threats 24, 25: keys and values that somebody put below the agent's own do not keep undo or "
          "repair from working") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    static_cast<void>(scene.repair());
    const std::string cache(cache_key);
    const std::string previous(previous_key);
    for (const std::string& key :
         {previous + "\\x", cache + "\\" + to_string(sha256_of(wsus())) + "\\y", cache + "\\notahash\\z",
          cache + "\\" + std::string(64, 'a') + "\\deep\\deeper"})
        REQUIRE(scene.registry.set(key, "v", dword_value(1)));
    REQUIRE(scene.registry.set(previous_key, policy_value_name, binary_value(Bytes(16'200))));
    scene.put_policy_value(dword_value(0));
    CHECK(exit_code(scene.repair()) == 0);
    REQUIRE(scene.registry.set(previous_key, policy_value_name, binary_value(Bytes(16'200))));
    CHECK(exit_code(scene.undo()) == 0);
    CHECK_FALSE(scene.holds(StoreName::root, wsus()));
}
