// The resident over a live machine of the test: what happens to the registry, and what it does then.
#include "agent/resident/resident_loop.h"

#include "agent/commands/registry_settings.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/within.h"
#include "common/trust/agent_state.h"
#include "tests/support/live_cycle.h"
#include "tests/support/process_counts.h"
#include "tests/support/scene.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/scratch_machine.h"
#include "tests/support/test_sink.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

using namespace wta;
using namespace wta::test;
using namespace std::chrono_literals;
using platform::Signal;
using Clock = std::chrono::steady_clock;

namespace {

// A source that answers when the test lets it.
class HangingTransport : public Transport {
public:
    explicit HangingTransport(std::shared_ptr<std::atomic<int>> state) : state_(std::move(state)) {}
    Result<FetchResponse> fetch(const FetchRequest& /*request*/) override {
        *state_ = asked;
        state_->notify_all();
        state_->wait(asked);
        return refuse(ReasonCode::connect_failed, "nobody is there", ErrorCode::unreachable);
    }
    static constexpr int asked = 1;
    static constexpr int let_go = 2;

private:
    std::shared_ptr<std::atomic<int>> state_;
};

class Resident {
public:
    explicit Resident(wta::Settings settings) : registry(machine_.root(), LiveWrites::everything) {
        loaded_.settings = std::move(settings);
        loaded_.digest = "1";
        loaded_.watched_keys = {std::string(policy_settings_key)};
    }
    ~Resident() { stop(); }

    void start(bool enforce_now) {
        thread_ = std::thread([this, enforce_now] { exit_ = run_loop(signals, parts(), enforce_now); });
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return said_; });
    }
    int stop() {
        signals.raise(Signal::stop);
        if (thread_.joinable()) thread_.join();
        return exit_;
    }

    // The next report, and what it was about; waited for.
    std::pair<Task, StatusReport> next() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, 60s, [this] { return !told_.empty(); }))
            throw std::runtime_error("the resident tells nothing");
        auto report = std::move(told_.front());
        told_.pop_front();
        return report;
    }

    // As if a layer of the settings had changed, and nobody had told yet.
    void meet_settings(const std::string& digest, const std::function<void(wta::Settings&)>& change = {}) {
        const std::scoped_lock lock(mutex_);
        if (change) change(loaded_.settings);
        loaded_.digest = digest;
    }

    // As if a layer of the settings had changed.
    void change_settings(const std::function<void(wta::Settings&)>& change, const std::string& digest) {
        meet_settings(digest, change);
        REQUIRE(registry.set(policy_settings_key, "changed", string_value(digest)));
    }

    platform::ResidentSignals signals;
    std::chrono::milliseconds longest_turn = 1h;
    std::shared_ptr<Reporting> reporting; // before start()
    int wait_for_end() {
        thread_.join();
        return exit_;
    }
    std::function<std::unique_ptr<Transport>()> transport = [] {
        return std::make_unique<MemoryTransport>();
    };

private:
    ScratchMachine machine_;

public:
    LiveRegistry registry;
    [[nodiscard]] const ScratchMachine& machine() const { return machine_; }

private:
    LoopParts parts() {
        LoopParts parts{.turn = {}, .root = {true, machine_.root().path}, .tell = {}, .say = {}};
        parts.longest_turn = longest_turn;
        parts.turn.load_settings = [this] {
            const std::scoped_lock lock(mutex_);
            return loaded_;
        };
        parts.turn.new_report = [](const std::string& command) {
            return live_request(CycleKind::repair, command).header;
        };
        parts.turn.open = [this](Use use, StatusReport&) { return machine_.open(use); };
        parts.turn.open_log = [](LogFormat) { return OpenedLog{}; };
        parts.turn.keep_records = [](const StatusReport&, Endpoint*, LogFile*) {};
        parts.turn.open_reporting = [this](const wta::Settings&, Registry&, StatusReport&) {
            return reporting;
        };
        parts.turn.make_transport = [this](const wta::Settings&) { return transport(); };
        parts.turn.computer_name = "PC-1";
        parts.turn.group_policy = std::make_shared<PolicyGate>([] {}, 60s);
        parts.tell = [this](Task task, const StatusReport& report) {
            const std::scoped_lock lock(mutex_);
            told_.emplace_back(task, report);
            changed_.notify_all();
        };
        parts.say = [this](const std::string&) {
            const std::scoped_lock lock(mutex_);
            said_ = true;
            changed_.notify_all();
        };
        return parts;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    LoadedSettings loaded_;
    std::deque<std::pair<Task, StatusReport>> told_;
    bool said_ = false;
    int exit_ = -1;
    std::thread thread_;
};

std::optional<RegistryValue> policy_of(Resident& resident) {
    return resident.registry.get(policy_key, policy_value_name).value();
}

void put_policy(Resident& resident, const RegistryValue& value) {
    REQUIRE(resident.registry.set(policy_key, policy_value_name, value));
}

// Until a run without changes: after its own the resident looks once more, or twice.
void until_quiet(Resident& resident) {
    while (resident.next().second.changes.size() > 0) {}
}

void until_right(Resident& resident) {
    while (policy_of(resident) != dword_value(1)) static_cast<void>(resident.next());
}

// Throws when no report has it.
void until_told(Resident& resident, std::string_view code, Severity severity) {
    while (!has(resident.next().second, code, severity)) {}
}

// A key of the settings that comes is a change above the keys that are watched, too.
StatusReport next_reload(Resident& resident) {
    for (;;) {
        auto [task, report] = resident.next();
        if (task == Task::reload) return report;
    }
}

wta::Settings settings_that_fetch() {
    wta::Settings settings = settings_for(wsus());
    settings.certificates.front().der.reset();
    settings.certificates.front().sources = {"https://pki.example.com/wsus.cer"};
    return settings;
}

// Every fetch of a resident hangs until it is let go.
class Hang {
public:
    explicit Hang(Resident& resident) {
        resident.transport = [state = state_] { return std::make_unique<HangingTransport>(state); };
    }
    void wait_until_asked() { state_->wait(0); }
    void let_go() {
        *state_ = HangingTransport::let_go;
        state_->notify_all();
    }

private:
    std::shared_ptr<std::atomic<int>> state_ = std::make_shared<std::atomic<int>>(0);
};

} // namespace

TEST_CASE("started by a person it puts everything right at once; stopped, it ends with 0") {
    Resident resident(settings_for(wsus()));
    resident.start(true);
    const auto [task, report] = resident.next();
    CHECK(task == Task::scheduled);
    CHECK(report.changes.size() == 3);
    CHECK(policy_of(resident) == dword_value(1));
    CHECK(resident.stop() == 0);
}

TEST_CASE("started otherwise it changes nothing, and yet puts a change right that comes then") {
    Resident resident(settings_for(wsus()));
    put_policy(resident, dword_value(1));
    resident.start(false);
    CHECK(resident.registry.list(state_key).value() == std::nullopt);
    put_policy(resident, dword_value(0));
    const auto [task, report] = resident.next();
    CHECK(task == Task::drift);
    CHECK(policy_of(resident) == dword_value(1));
}

TEST_CASE("a policy key that is removed with everything in it comes back, and is watched as before") {
    Resident resident(settings_for(wsus()));
    resident.start(true);
    until_quiet(resident);
    for (int round = 0; round < 3; ++round) {
        REQUIRE(erase_contest(resident.registry)); // what follows is more than it would put back
        REQUIRE(resident.registry.erase_key(policy_key));
        until_right(resident);
        REQUIRE(erase_contest(resident.registry));
        put_policy(resident, string_value("1"));
        until_right(resident);
    }
}

TEST_CASE(
    "threat 39: what is taken back twice is left alone, and a removed certificate is put back by no look") {
    Resident resident(settings_for(wsus()));
    resident.start(true);
    until_quiet(resident);
    put_policy(resident, dword_value(0));
    until_right(resident);
    until_quiet(resident);
    put_policy(resident, dword_value(0));
    until_told(resident, "contested", Severity::error);
    CHECK(policy_of(resident) == dword_value(0));

    const std::string key =
        certificates_key(StoreName::root, Location::machine) + "\\" + to_string(thumbprint_of(wsus()));
    REQUIRE(resident.registry.erase_key(key));
    until_told(resident, "removed_by_others", Severity::warning);
    CHECK(resident.registry.list(key).value() == std::nullopt);
    resident.signals.raise(Signal::resumed);
    while (!resident.registry.list(key).value()) static_cast<void>(resident.next());
    until_quiet(resident);
    REQUIRE(resident.registry.erase_key(key));
    resident.signals.raise(Signal::resumed);
    while (resident.next().first != Task::scheduled) {}
    CHECK(resident.registry.list(key).value() == std::nullopt);
}

TEST_CASE("settings that change are read again, and count at once") {
    wta::Settings settings = settings_for(wsus());
    settings.mode.value = Mode::audit;
    Resident resident(settings);
    resident.start(false);
    resident.change_settings([](wta::Settings& changed) { changed.mode.value = Mode::enforce; }, "2");
    CHECK(next_reload(resident).mode == "enforce");
    CHECK(policy_of(resident) == dword_value(1));
}

TEST_CASE("a watch that only reports, and one that is off, leave changes alone") {
    wta::Settings settings = settings_for(wsus());
    settings.schedule.watch.value = Watch::report;
    Resident resident(settings);
    put_policy(resident, dword_value(1));
    resident.start(false);
    put_policy(resident, dword_value(0));
    CHECK(has(resident.next().second, "policy_disabled", Severity::error));
    CHECK(policy_of(resident) == dword_value(0));

    resident.change_settings([](wta::Settings& changed) { changed.schedule.watch.value = Watch::off; }, "2");
    CHECK(next_reload(resident).in_desired_state == true);
    CHECK(policy_of(resident) == dword_value(1));
    put_policy(resident, dword_value(0));
    resident.change_settings([](wta::Settings&) {}, "3"); // settles later than the change before it
    CHECK(resident.next().first == Task::reload);
}

TEST_CASE("settings that a look after a change meets first are worth a run of their own") {
    wta::Settings settings = settings_for(wsus());
    Resident resident(settings);
    put_policy(resident, dword_value(1));
    resident.start(false);
    put_policy(resident, dword_value(0));
    until_right(resident);
    until_quiet(resident); // and so the settings of the start have been read twice
    resident.meet_settings("2");
    put_policy(resident, dword_value(0));
    CHECK(resident.next().first == Task::drift);
    CHECK(next_reload(resident).in_desired_state == true);
}

TEST_CASE("a stop ends it within a second, also while a fetch hangs") {
    Resident resident(settings_that_fetch());
    Hang hang(resident);
    resident.start(true);
    hang.wait_until_asked();
    const auto begun = Clock::now();
    CHECK(resident.stop() == 0);
    CHECK(Clock::now() - begun < 2s); // of which 700 ms are for the run to end; a busy machine has the others
    CHECK(abandoned_workers() == 1);
    hang.let_go();
    while (abandoned_workers() > 0) std::this_thread::yield();
}

TEST_CASE("a turn that hangs is left after its time, and the resident ends and says why") {
    Resident resident(settings_that_fetch());
    Hang hang(resident);
    resident.longest_turn = 500ms;
    resident.start(true);
    CHECK(resident.wait_for_end() == 8);
    const StatusReport last = resident.next().second;
    REQUIRE(last.findings.size() == 1);
    CHECK(last.findings.front().code == "change_failed");
    CHECK(last.findings.front().message.contains("did not end within"));
    CHECK(abandoned_workers() == 1);
    hang.let_go();
    while (abandoned_workers() > 0) std::this_thread::yield();
}

TEST_CASE("a thousand runs keep no handle, no memory and no state") {
    Resident resident(settings_for(wsus()));
    resident.start(true);
    until_quiet(resident);
    const auto run = [&resident](int times) {
        for (int i = 0; i < times; ++i) {
            resident.signals.raise(Signal::resumed);
            REQUIRE(resident.next().second.changes.empty());
        }
    };
    run(500); // what is kept once, and not for each run, is there after these
    const ProcessCounts before = process_counts();
    const std::size_t state = keys_and_values_below(resident.machine());
    run(1'000);
    const ProcessCounts after = process_counts();
    CAPTURE(before.handles, after.handles, before.memory, after.memory, state);
    // One for each run would be a thousand; the system's own threads have a few of theirs at any time.
    CHECK(after.handles < before.handles + 20);
    // Pages come and go; a thread that left its share behind would be a kilobyte for each run.
    REQUIRE(before.memory > 0);
    CHECK(after.memory <= before.memory + std::size_t{256} * 1'024);
    CHECK(keys_and_values_below(resident.machine()) == state);
}

TEST_CASE("a receiver that hangs delays no run, and no stop") {
    Resident resident(settings_for(wsus()));
    const ScratchFolder scratch;
    const auto sink = std::make_shared<TestSink>("https");
    std::promise<void> asked;
    std::promise<void> end;
    sink->answer = [&asked, wait = end.get_future().share()](const OutgoingReport&, Clock::time_point) {
        asked.set_value();
        wait.wait();
        return Delivery{};
    };
    resident.reporting = std::make_shared<Reporting>(
        ReportingSetup{.folder = scratch.path(),
                       .sinks = {sink},
                       .machine = "PC-1",
                       .heartbeat = {24h, 0s},
                       .limits = {.age = std::chrono::years{100}}, // the ids are as old as the code
                       .random = [] { return 0.0; }});
    resident.start(true);
    asked.get_future().wait(); // the first report is on its way, and stays there for five seconds
    const auto begun = Clock::now();
    put_policy(resident, dword_value(0));
    until_right(resident);
    CHECK(Clock::now() - begun < 4s);
    CHECK(resident.stop() == 0);
    CHECK(Clock::now() - begun < 5s);
    end.set_value();
    while (abandoned_workers() > 0) std::this_thread::yield();
}
