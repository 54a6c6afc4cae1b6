// Contests over whole runs: what is remembered on the machine from one run to the next.
#include "agent/cycle/contest_log.h"

#include "common/report/codes.h"
#include "tests/support/policy_file_builder.h"
#include "tests/support/scene.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace wta;
using std::chrono::hours;
using test::changes;
using test::codes;
using test::has;
using test::Scene;
using test::wsus;

namespace {

// Repaired, live, and looked after by a scheduled task.
struct LiveScene : Scene {
    LiveScene() {
        kind = EndpointKind::live;
        trigger = Trigger::scheduled;
        pin(wsus());
        publish(wsus());
        put_update_service();
        REQUIRE(exit_code(repair()) == 0);
        transport.forget_requests();
    }

    StatusReport repair_by(Trigger by) {
        trigger = by;
        now += std::chrono::minutes{1};
        return repair();
    }

    void take(StoreName store) {
        REQUIRE(registry.erase_key(certificates_key(store, Location::machine) + "\\" +
                                   to_string(thumbprint_of(wsus()))));
    }

    [[nodiscard]] std::string status(std::string_view name) {
        const auto value = registry.get(status_key, name).value();
        return value ? as_string(*value).value_or("") : "";
    }
    [[nodiscard]] bool remembers() { return read_contest_memory(registry).value() != ContestMemory{}; }
    [[nodiscard]] int writes_to_contest() {
        return static_cast<int>(
            std::ranges::count(registry.writes(), contest_key, &test::RecordedWrite::key));
    }
};

const ReportFinding& finding(const StatusReport& report, std::string_view code) {
    const auto found = std::ranges::find(report.findings, code, &ReportFinding::code);
    REQUIRE(found != report.findings.end());
    return *found;
}

} // namespace

TEST_CASE(
    "threat 39: a removed certificate is told after the change, put back by a scheduled run, and not twice") {
    LiveScene scene;
    scene.take(StoreName::root);
    const StatusReport told = scene.repair_by(Trigger::drift);
    CHECK(codes(told) == "not_in_root removed_by_others");
    CHECK(changes(told).empty());
    CHECK(exit_code(told) == 1);

    const StatusReport put_back = scene.repair_by(Trigger::scheduled);
    CHECK(changes(put_back) == "addCertificate Root done");
    CHECK(codes(put_back) == "removed_by_others");
    CHECK(exit_code(put_back) == 0);

    scene.take(StoreName::root);
    for (const Trigger trigger : {Trigger::drift, Trigger::scheduled, Trigger::scheduled}) {
        const StatusReport contested = scene.repair_by(trigger);
        CHECK(codes(contested) == "not_in_root contested");
        CHECK(changes(contested).empty());
        CHECK(exit_code(contested) == 1);
    }
    CHECK(changes(scene.repair_by(Trigger::person)) == "addCertificate Root done");
}

TEST_CASE("threat 36: a policy value that keeps being taken back is left alone, and a person ends that") {
    LiveScene scene;
    scene.put_policy_value(dword_value(0));
    CHECK(changes(scene.repair_by(Trigger::drift)) == "setPolicyValue done");
    scene.put_policy_value(dword_value(0));
    const StatusReport contested = scene.repair_by(Trigger::drift);
    CHECK(codes(contested) == "policy_disabled contested");
    CHECK(contested.findings.front().remedy == "Do what is said at [contested].");
    CHECK(contested.changes.empty());
    CHECK(exit_code(contested) == 1);
    CHECK(as_dword(*scene.observed().policy_value) == 0U);
    CHECK(scene.check().findings == contested.findings); // a look tells the same
    scene.now += hours{48};
    CHECK(scene.repair_by(Trigger::scheduled).findings == contested.findings);
    CHECK(changes(scene.repair_by(Trigger::person)) == "setPolicyValue done");
    scene.put_policy_value(dword_value(0));
    CHECK(changes(scene.repair_by(Trigger::drift)) == "setPolicyValue done");
}

TEST_CASE("looks between the runs change nothing about a contest") {
    LiveScene scene;
    for (const std::string expected : {"setPolicyValue done", ""}) {
        scene.put_policy_value(dword_value(0));
        for (int look = 0; look < 3; ++look) static_cast<void>(scene.check());
        static_cast<void>(scene.what_if());
        CHECK(changes(scene.repair_by(Trigger::drift)) == expected);
        static_cast<void>(scene.check());
    }
}

TEST_CASE("what somebody takes back and puts right himself, while the agent only looks, is no contest") {
    LiveScene scene;
    for (const std::uint32_t number : {0U, 1U, 0U, 1U, 0U}) {
        scene.put_policy_value(dword_value(number));
        static_cast<void>(scene.check());
    }
    CHECK(changes(scene.repair_by(Trigger::drift)) == "setPolicyValue done");
}

TEST_CASE("a memory of contests that did not change is not written again") {
    LiveScene scene;
    for (const Trigger trigger : {Trigger::scheduled, Trigger::drift, Trigger::person, Trigger::scheduled}) {
        scene.registry.forget_writes();
        static_cast<void>(scene.repair_by(trigger));
        static_cast<void>(scene.check());
        CHECK(scene.writes_to_contest() == 0);
    }
    scene.take(StoreName::root);
    scene.put_policy_value(dword_value(0));
    static_cast<void>(scene.repair_by(Trigger::scheduled));
    scene.take(StoreName::root);
    scene.put_policy_value(dword_value(0));
    static_cast<void>(scene.repair_by(Trigger::scheduled));
    for (const Trigger trigger : {Trigger::scheduled, Trigger::drift}) {
        scene.registry.forget_writes();
        CHECK(codes(scene.repair_by(trigger)) == "not_in_root policy_disabled contested contested");
        CHECK(scene.writes_to_contest() == 0);
    }
}

TEST_CASE("what a person's check finds in place counts as in place afterwards") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.put(StoreName::root, wsus());
    scene.put(StoreName::trusted_publisher, wsus());
    CHECK(exit_code(scene.check()) == 1);
    REQUIRE(read_contest_memory(scene.registry).value().placed.size() == 2);
}

TEST_CASE("a clone has no contests, and does not get those of the machine it was made from") {
    LiveScene scene;
    for (int time = 0; time < 2; ++time) {
        scene.put_policy_value(dword_value(0));
        static_cast<void>(scene.repair_by(Trigger::drift));
    }
    REQUIRE(codes(scene.check()) == "policy_disabled contested");
    REQUIRE(scene.registry.set(R"(Microsoft\Cryptography)", "MachineGuid", string_value("another")));
    REQUIRE(scene.registry.set(status_key, "MachineGuid", string_value("one")));
    CHECK(codes(scene.check()) == "policy_disabled");
    CHECK(codes(scene.check()) == "policy_disabled"); // no clone any more, once it has written
    CHECK(changes(scene.repair_by(Trigger::scheduled)) == "setPolicyValue done");
}

TEST_CASE("an image has no contests, and none are written to it") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    for (const Trigger trigger : {Trigger::scheduled, Trigger::scheduled, Trigger::person}) {
        scene.put_policy_value(dword_value(0));
        scene.trigger = trigger;
        CHECK(exit_code(scene.repair()) == 0);
        CHECK_FALSE(scene.registry.list(contest_key).value());
    }
}

TEST_CASE("undo forgets who took back what") {
    LiveScene scene;
    REQUIRE(scene.remembers());
    CHECK(exit_code(scene.undo()) == 0);
    CHECK_FALSE(scene.registry.list(contest_key).value());
    CHECK(exit_code(scene.repair_by(Trigger::scheduled)) == 0);
    CHECK(exit_code(scene.undo()) == 0);
    REQUIRE(scene.registry.set(contest_key, "PolicyRight", dword_value(1)));
    CHECK(exit_code(scene.undo()) == 0); // alone it is enough for an undo to have work
    CHECK_FALSE(scene.registry.list(contest_key).value());
}

TEST_CASE("an audit leaves the contests of others as they are") {
    LiveScene scene;
    scene.settings.mode.value = Mode::audit;
    for (int time = 0; time < 3; ++time) {
        scene.put_policy_value(dword_value(1));
        CHECK(changes(scene.repair_by(Trigger::scheduled)).empty());
        scene.put_policy_value(dword_value(0));
        CHECK(changes(scene.repair_by(Trigger::scheduled)) == "setPolicyValue planned");
    }
    scene.settings.mode.value = Mode::enforce;
    CHECK(changes(scene.repair_by(Trigger::scheduled)) == "setPolicyValue done");
}

TEST_CASE("what cannot be remembered before a change is not changed, and said afterwards") {
    LiveScene scene;
    scene.take(StoreName::root);
    const auto written = scene.registry.contents();
    bool before = false;
    bool later = false;
    for (int call = 1; call < 400; ++call) {
        scene.registry.restore(written);
        scene.registry.fail_call(call, {ErrorCode::io, "told to fail"});
        const StatusReport report = scene.repair_by(Trigger::scheduled);
        scene.registry.fail_call(1'000'000, {}); // none of those that look at the result
        const bool placed = scene.holds(StoreName::root, wsus());
        if (exit_code(report) == 8 && !placed) before = true;
        if (exit_code(report) == 8 && placed) later = true;
        CHECK((placed || exit_code(report) != 0));
    }
    CHECK(before);
    CHECK(later);
}

TEST_CASE("a 0 of those who manage the machine is left alone, told with its owner, and is no contest") {
    LiveScene scene;
    scene.policy_files.applied = test::policy_file_with(0);
    for (const Trigger trigger : {Trigger::person, Trigger::scheduled, Trigger::drift, Trigger::scheduled}) {
        scene.put_policy_value(dword_value(0));
        const StatusReport report = scene.repair_by(trigger);
        CHECK(codes(report) == "policy_set_elsewhere");
        CHECK(finding(report, "policy_set_elsewhere").owner == "domainGroupPolicy");
        CHECK(report.changes.empty());
        CHECK(exit_code(report) == 1);
        CHECK(scene.status("PolicySource") == "domainGroupPolicy");
    }
    scene.settings.override_owner.value = true;
    CHECK(changes(scene.repair_by(Trigger::scheduled)) == "setPolicyValue done");
    CHECK(scene.status("PolicySource") == "self");
}

TEST_CASE(
    "whoever sets the policy value is named in the status: we, a file of Group Policy, or nobody known") {
    LiveScene scene;
    CHECK(scene.status("PolicySource") == "self");
    scene.policy_files.local = test::policy_file_with(1);
    static_cast<void>(scene.check());
    CHECK(scene.status("PolicySource") == "localGroupPolicy");
    REQUIRE(scene.registry.set(R"(Microsoft\SMS\Mobile Client)", "", string_value("")));
    static_cast<void>(scene.check());
    CHECK(scene.status("PolicySource") == "configMgr");
    scene.policy_files = {};
    REQUIRE(scene.registry.erase_key(R"(Microsoft\SMS\Mobile Client)"));
    scene.put_policy_value(string_value("1"));
    static_cast<void>(scene.check());
    CHECK(scene.status("PolicySource") == "unknown");
}
