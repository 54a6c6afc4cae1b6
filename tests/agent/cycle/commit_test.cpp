// What a run writes, keeps and says when something fails around its changes.
#include "agent/cycle/run_cycle.h"

#include "common/trust/registry_store_writer.h"
#include "tests/support/disturbance.h"
#include "tests/support/scene.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

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

TEST_CASE("an undo that could not restore the policy value remembers it, and the next one restores it") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.put_policy_value(dword_value(0));
    REQUIRE(exit_code(scene.repair()) == 0);
    test::MemoryEndpoint endpoint(scene.registry, {EndpointKind::live, "memory"});
    test::Disturbance counted;
    test::DisturbedEndpoint counting(endpoint, counted);
    const auto before = scene.registry.contents();
    const CycleRequest request{
        .kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}};
    static_cast<void>(run_undo(request, counting));
    const auto restores = [](const test::Disturbance::Call& call) {
        return call.call == test::PortCall::set && call.key == policy_key;
    };
    const auto place = std::ranges::find_if(counted.calls(), restores);
    REQUIRE(place != counted.calls().end());
    scene.registry.restore(before);

    test::MemoryEndpoint again(scene.registry, {EndpointKind::live, "memory"});
    test::Disturbance failing(
        test::Disturbance::Kind::fails, static_cast<int>(place - counted.calls().begin()) + 1,
        {.code = ErrorCode::io, .message = "told to fail", .os_code = {}, .reason = {}});
    test::DisturbedEndpoint disturbed(again, failing);
    const StatusReport report = run_undo(request, disturbed);
    CHECK(exit_code(report) == 8);
    CHECK(report.in_desired_state == false);
    CHECK(scene.observed().policy_value == dword_value(1));
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.observed().policy_value == dword_value(0));
}

TEST_CASE("an undo that was cut off before it stored its report is finished by the next one") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    REQUIRE(exit_code(scene.repair()) == 0);
    for (const StoreName store : {StoreName::root, StoreName::trusted_publisher})
        REQUIRE(scene.registry.erase_key(entry_key(store, thumbprint_of(wsus()))));
    REQUIRE(scene.registry.erase(policy_key, policy_value_name));
    REQUIRE(erase_previous(scene.registry)); // the cache alone tells that something was not finished
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.registry.get(status_key, "Compliant").value() == dword_value(0));
    CHECK(!scene.registry.list(cache_key).value());
}

TEST_CASE("a live machine that cannot be read after its changes is told as not verified, and nothing is "
          "claimed of it") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    test::MemoryEndpoint endpoint(scene.registry, {EndpointKind::live, "memory"});
    endpoint.fail_commit(
        {.code = ErrorCode::access_denied, .message = "told to fail", .os_code = {}, .reason = {}});
    const StatusReport report =
        run_cycle({.kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}},
                  scene.settings, endpoint, scene.transport);
    CHECK(exit_code(report) == 8);
    CHECK(codes(report) == "not_verified");
    CHECK(!report.in_desired_state);
    CHECK(scene.holds(StoreName::root, wsus()));
    CHECK(changes(report).find("notTried") == std::string::npos);
}
