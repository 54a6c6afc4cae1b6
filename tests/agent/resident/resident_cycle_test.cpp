#include "agent/resident/resident_cycle.h"

#include "agent/platform/private_folder.h"
#include "tests/support/scene.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_sink.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <stdexcept>

using namespace wta;
using namespace wta::test;

namespace {

// A live machine in memory, and a resident that has settings.
struct Turns {
    Scene scene;
    LoadedSettings loaded;
    std::optional<Error> not_opened;
    bool throws = false;
    int opened_to_change = 0;
    int opened_to_look = 0;
    std::vector<std::string> recorded;
    std::shared_ptr<Reporting> reporting;

    Turns() {
        loaded.place = "C:\\agent.yaml";
        loaded.places = "C:\\agent.yaml";
        loaded.digest = "1";
        loaded.looked_at = {"C:\\agent.yaml"};
        scene.pin(wsus()).der = wsus();
        loaded.settings = scene.settings;
    }

    TurnParts parts() {
        return {.load_settings = [this] { return throws ? throw std::runtime_error("no memory") : loaded; },
                .new_report =
                    [](const std::string& command) {
                        StatusReport header;
                        header.run_id = "019303f0-0000-7000-8000-000000000000";
                        header.command = command;
                        header.time = reference_time;
                        return header;
                    },
                .open = [this](Use use, StatusReport& /*header*/) -> Result<std::unique_ptr<Endpoint>> {
                    ++(use == Use::change ? opened_to_change : opened_to_look);
                    if (not_opened) return std::unexpected(*not_opened);
                    return std::make_unique<MemoryEndpoint>(
                        scene.registry, EndpointDescription{EndpointKind::live, "PC-1"}, use);
                },
                .make_transport = [](const wta::Settings&) { return std::make_unique<MemoryTransport>(); },
                .open_log = [](LogFormat) { return OpenedLog{}; },
                .keep_records =
                    [this](const StatusReport& report, Endpoint* endpoint, LogFile*) {
                        recorded.push_back(codes(report) + (endpoint != nullptr ? "" : " (not opened)"));
                    },
                .open_reporting = [this](const wta::Settings&, Registry&,
                                         StatusReport& header) -> std::shared_ptr<Reporting> {
                    if (!reporting) return nullptr;
                    for (const Finding& finding : reporting->findings())
                        header.findings.push_back(to_report(finding));
                    return reporting;
                },
                .computer_name = "PC-1",
                .group_policy = std::make_shared<PolicyGate>([] {}, std::chrono::seconds{60})};
    }

    Turn take(Task task) { return take_turn(parts(), task, known(loaded), {}); }
};

bool writes_trust(const Scene& scene) {
    return std::ranges::any_of(scene.registry.writes(),
                               [](const RecordedWrite& write) { return !write.key.starts_with(state_key); });
}

} // namespace

TEST_CASE("a scheduled turn puts everything right") {
    Turns turns;
    const Turn turn = turns.take(Task::scheduled);
    REQUIRE(turn.report);
    CHECK(turn.report->command == "repair");
    CHECK(turn.report->in_desired_state == true);
    CHECK(turn.report->settings_place == "C:\\agent.yaml");
    CHECK(turns.opened_to_change == 1);
    CHECK(turns.scene.holds(StoreName::root, wsus()));
}

TEST_CASE("a change that is seen is put right, or only reported, as the settings say") {
    Turns turns;
    REQUIRE(turns.take(Task::scheduled).report);
    turns.scene.put_policy_value(dword_value(0));
    turns.scene.registry.forget_writes();
    turns.loaded.settings.schedule.watch.value = Watch::report;
    const Turn reported = turns.take(Task::drift);
    CHECK(reported.report->command == "check");
    CHECK(codes(*reported.report) == "policy_disabled");
    CHECK_FALSE(writes_trust(turns.scene));
    CHECK(turns.opened_to_look == 1);

    turns.loaded.settings.schedule.watch.value = Watch::repair;
    CHECK(turns.take(Task::drift).report->in_desired_state == true);
    CHECK(turns.scene.observed().policy_value == dword_value(1));
}

TEST_CASE("a look after a change puts no certificate back") {
    Turns turns;
    REQUIRE(turns.take(Task::scheduled).report);
    REQUIRE(turns.scene.registry.erase_key(certificates_key(StoreName::root, Location::machine) + "\\" +
                                           to_string(thumbprint_of(wsus()))));
    const Turn looked = turns.take(Task::drift);
    CHECK(codes(*looked.report).contains("removed_by_others"));
    CHECK_FALSE(turns.scene.holds(StoreName::root, wsus()));
    CHECK(turns.take(Task::scheduled).report->in_desired_state == true);
    CHECK(turns.scene.holds(StoreName::root, wsus()));
}

TEST_CASE("a change that was seen before the watch was turned off is looked at by nobody") {
    Turns turns;
    turns.loaded.settings.schedule.watch.value = Watch::off;
    CHECK_FALSE(turns.take(Task::drift).report);
    CHECK(turns.opened_to_change + turns.opened_to_look == 0);
}

TEST_CASE("a scheduled turn repairs also where changes are only reported") {
    Turns turns;
    turns.loaded.settings.schedule.watch.value = Watch::report;
    CHECK(turns.take(Task::scheduled).report->in_desired_state == true);
}

TEST_CASE("in audit mode a turn changes nothing and takes no lock") {
    Turns turns;
    turns.loaded.settings.mode.value = Mode::audit;
    CHECK(turns.take(Task::scheduled).report->in_desired_state == false);
    CHECK(turns.take(Task::drift).report->mode == "audit");
    CHECK(turns.opened_to_change == 0);
    CHECK_FALSE(writes_trust(turns.scene));
}

TEST_CASE("a reload runs when the settings, or what is wrong with them, have changed") {
    Turns turns;
    const KnownSettings before = known(turns.loaded);
    CHECK_FALSE(take_turn(turns.parts(), Task::reload, before, {}).report);
    CHECK(turns.opened_to_change + turns.opened_to_look == 0);
    turns.loaded.digest = "2";
    CHECK(take_turn(turns.parts(), Task::reload, before, {}).report->in_desired_state == true);
    turns.loaded.digest = "1";
    turns.loaded.problems.push_back(
        {.code = ReasonCode::settings_not_protected, .subject = "C:\\agent.yaml", .detail = "Everyone can."});
    CHECK(take_turn(turns.parts(), Task::reload, before, {}).report);
}

TEST_CASE("with settings that are wrong a turn is an audit, and the report says why") {
    Turns turns;
    turns.loaded.problems.push_back(
        {.code = ReasonCode::settings_invalid, .subject = "C:\\agent.yaml:1:1", .detail = "Unknown key."});
    for (const Task task : {Task::scheduled, Task::drift}) {
        const Turn turn = turns.take(task);
        CHECK(codes(*turn.report).starts_with("settings_invalid not_in_root"));
        CHECK(exit_code(*turn.report) == 3);
        CHECK(turn.report->mode == "audit");
        CHECK(turn.report->findings.front().message.ends_with("the resident only reports."));
        CHECK_FALSE(turn.outcome.busy);
    }
    CHECK(turns.opened_to_change == 0);
    CHECK_FALSE(writes_trust(turns.scene));
}

TEST_CASE("every turn leaves a record, also one that could not open the machine") {
    Turns turns;
    static_cast<void>(turns.take(Task::scheduled));
    turns.not_opened =
        Error{.code = ErrorCode::busy, .message = "another run", .os_code = 0, .reason = ReasonCode::busy};
    static_cast<void>(turns.take(Task::scheduled));
    REQUIRE(turns.recorded.size() == 2);
    CHECK(turns.recorded[1] == "busy (not opened)");
}

TEST_CASE("what is wrong with the log is a finding of the run, and the run goes on") {
    Turns turns;
    TurnParts parts = turns.parts();
    parts.open_log = [](LogFormat) {
        return OpenedLog{.file = nullptr, .problem = Finding{.code = ReasonCode::log_not_protected}};
    };
    const Turn turn = take_turn(parts, Task::scheduled, known(turns.loaded), {});
    CHECK(turn.report->in_desired_state == true);
    CHECK(codes(*turn.report).contains("log_not_protected"));
}

TEST_CASE("a lock that another run holds, and a fetch that failed, come back as such") {
    Turns turns;
    turns.not_opened =
        Error{.code = ErrorCode::busy, .message = "another run", .os_code = 0, .reason = ReasonCode::busy};
    CHECK(turns.take(Task::scheduled).outcome.busy);
    turns.not_opened.reset();
    turns.loaded.settings.certificates.front().der.reset();
    turns.loaded.settings.certificates.front().sources = {"https://pki.example.com/wsus.cer"};
    CHECK(turns.take(Task::scheduled).outcome.unfetched);
    CHECK_FALSE(turns.take(Task::drift).outcome.unfetched); // the schedule has it
}

TEST_CASE("an unreachable publication of what is in place is nothing to be tried again") {
    Turns turns;
    REQUIRE(turns.take(Task::scheduled).report);
    turns.loaded.settings.certificates.front().der.reset();
    turns.loaded.settings.certificates.front().sources = {"https://pki.example.com/wsus.cer"};
    turns.loaded.settings.fetch.refresh.value = std::chrono::seconds{0};
    CHECK_FALSE(turns.take(Task::scheduled).outcome.unfetched);
}

TEST_CASE("a turn tells which keys it looked at: stores with entries with all below") {
    Turns turns;
    turns.scene.put(StoreName::root, wsus());
    const Turn turn = turns.take(Task::scheduled);
    REQUIRE(turn.read);
    const std::string root = certificates_key(StoreName::root, Location::machine);
    CHECK(std::ranges::count(*turn.read, platform::WatchedKey{root, true}) == 1);
    CHECK(std::ranges::none_of(*turn.read, [](const platform::WatchedKey& key) {
        return key.path.starts_with("WsusTrustAgent"); // its own memory is no drift
    }));
}

TEST_CASE("a turn that is asked to stop before it begins looks at nothing") {
    Turns turns;
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(take_turn(turns.parts(), Task::scheduled, {}, stop.get_token()).report);
    CHECK(turns.opened_to_change == 0);
}

TEST_CASE("an unexpected error is the report of a turn, not the end of the resident") {
    Turns turns;
    turns.throws = true;
    const Turn turn = take_turn(turns.parts(), Task::scheduled, {}, {});
    REQUIRE(turn.report);
    CHECK(exit_code(*turn.report) == 8);
    CHECK_FALSE(turn.settings);
    CHECK(turn.outcome.busy); // so it is tried again soon
    CHECK(turns.recorded == std::vector<std::string>{"change_failed (not opened)"});
    TurnParts parts = turns.parts();
    parts.keep_records = [](const StatusReport&, Endpoint*, LogFile*) {
        throw std::runtime_error("no memory");
    };
    CHECK(take_turn(parts, Task::scheduled, {}, {}).report);
}

TEST_CASE("the first look changes nothing and knows when the machine was last checked") {
    Turns turns;
    const auto never = take_first_look(turns.parts());
    REQUIRE(never);
    CHECK_FALSE(never->last_check);
    CHECK_FALSE(never->read.empty());
    CHECK(turns.scene.registry.writes().empty());
    CHECK(turns.opened_to_change == 0);

    REQUIRE(turns.take(Task::scheduled).report);
    const auto later = take_first_look(turns.parts());
    REQUIRE(later);
    CHECK(later->last_check == reference_time);
    CHECK(later->identity.computer_name == "PC-1");
}

TEST_CASE("the report of a turn is kept for its receivers, and the turn does not wait for them") {
    Turns turns;
    const ScratchFolder scratch;
    const auto sink = std::make_shared<TestSink>("https");
    turns.reporting = std::make_shared<Reporting>(
        ReportingSetup{.folder = scratch.path(),
                       .sinks = {sink},
                       .machine = "PC-1",
                       .heartbeat = {std::chrono::hours{24}, {}},
                       .limits = {.age = std::chrono::years{100}}, // the ids are as old as the code
                       .random = [] { return 0.0; }});
    const Turn turn = turns.take(Task::scheduled);
    REQUIRE(turn.reporting == turns.reporting);
    CHECK(sink->given.empty());
    CHECK_FALSE(turn.reporting->deliver(reference_time,
                                        std::chrono::steady_clock::now() + std::chrono::seconds{5}, {}));
    REQUIRE(sink->given.size() == 1);
    CHECK(sink->given.front().id == turn.report->run_id);
}

TEST_CASE("what became of earlier reports stands in the report of a turn") {
    Turns turns;
    const ScratchFolder scratch;
    REQUIRE(platform::ensure_private_folder(scratch.path() / "https"));
    REQUIRE(write_queue_state(scratch.path() / "https", {.failures = 1, .failure = "nobody is there"}));
    turns.reporting = std::make_shared<Reporting>(
        ReportingSetup{.folder = scratch.path(),
                       .sinks = {std::make_shared<TestSink>("https")},
                       .machine = "PC-1",
                       .heartbeat = {std::chrono::hours{24}, {}},
                       .limits = {.age = std::chrono::years{100}}, // the ids are as old as the code
                       .random = [] { return 0.0; }});
    const Turn turn = turns.take(Task::scheduled);
    CHECK(codes(*turn.report).contains("report_not_delivered"));
    CHECK(turn.report->in_desired_state == true); // which it does not concern
}
