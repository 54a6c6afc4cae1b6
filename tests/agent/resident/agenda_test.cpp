#include "agent/resident/agenda.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace wta;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr Timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h};
constexpr Rhythm rhythm{4h, 5min}; // due at 12:05, 16:05, …

// A machine with two clocks, and a resident that sleeps as long as its agenda says.
class Machine {
public:
    explicit Machine(bool enforce_now = false, std::optional<Timestamp> last = noon - 1min)
        : agenda(rhythm, last, enforce_now, now()) {}

    [[nodiscard]] Moment now() const { return {std::chrono::floor<std::chrono::seconds>(wall_), steady_}; }

    void pass(milliseconds time) {
        wall_ += time;
        steady_ += time;
    }
    void set_clock(std::chrono::seconds by) { wall_ += by; }

    void wake(Wakeup why) { agenda.woken(why, now()); }

    // Sleeps until there is a task, and does it; nothing when there is none within `longest`.
    std::optional<Task> next(milliseconds longest, const TurnOutcome& outcome = {}) {
        for (const milliseconds end = steady_ + longest;;) {
            ++wakeups;
            if (const auto task = agenda.take(now())) {
                if (*task == Task::drift)
                    agenda.drift_ended(outcome, now());
                else
                    agenda.run_ended(outcome, now());
                return task;
            }
            const milliseconds wait = agenda.wait(now());
            if (steady_ + wait > end) {
                pass(end - steady_);
                return std::nullopt;
            }
            pass(std::max(wait, milliseconds{1}));
        }
    }
    // How long the next task lets wait for itself.
    milliseconds until(Task task, const TurnOutcome& outcome = {}) {
        const milliseconds begun = steady_;
        const auto came = next(48h, outcome);
        REQUIRE(came == task);
        return steady_ - begun;
    }

private:
    std::chrono::sys_time<milliseconds> wall_ = noon;
    milliseconds steady_ = 1'000'000ms;

public:
    Agenda agenda;
    int wakeups = 0;
};

constexpr TurnOutcome unfetched{.busy = false, .unfetched = true};
constexpr TurnOutcome busy{.busy = true, .unfetched = false};

} // namespace

TEST_CASE("started by a person, the first run is at once, the next at the machine's minute") {
    Machine machine(true);
    CHECK(machine.until(Task::scheduled) == 0ms);
    CHECK(machine.until(Task::scheduled) == 5min);
    CHECK(machine.until(Task::scheduled) == 4h);
}

TEST_CASE("installed with a whole fleet, the first run is at the machine's minute") {
    Machine machine(false, std::nullopt);
    CHECK(machine.until(Task::scheduled) == 5min);
}

TEST_CASE("a machine that was off for longer than an interval runs at once, another one waits") {
    CHECK(Machine(false, noon - 4h).until(Task::scheduled) == 0ms);
    CHECK(Machine(false, noon - 4h + 1min).until(Task::scheduled) == 5min);
    CHECK(Machine(false, noon + 24h * 365).until(Task::scheduled) == 5min); // the clock was wrong then
}

TEST_CASE("asked to, and after sleep, it runs at once") {
    const Wakeup why = GENERATE(Wakeup::run_now, Wakeup::resumed);
    Machine machine;
    CHECK(machine.next(1min) == std::nullopt);
    machine.wake(why);
    CHECK(machine.until(Task::scheduled) == 0ms);
    CHECK(machine.until(Task::scheduled) == 4min); // and keeps its minute
}

TEST_CASE("asked to without end, by anybody, it runs once a minute") {
    Machine machine;
    int runs = 0;
    for (const milliseconds end = machine.now().steady + 30min; machine.now().steady < end; ++runs) {
        machine.wake(Wakeup::run_now);
        REQUIRE(machine.next(2min) == Task::scheduled);
    }
    CHECK(runs == 31);
    machine.wake(Wakeup::run_now);
    machine.wake(Wakeup::resumed); // sleep is no wish of anybody's
    CHECK(machine.until(Task::scheduled) == 0ms);
}

TEST_CASE("between two runs it sleeps through") {
    Machine machine;
    REQUIRE(machine.until(Task::scheduled) == 5min);
    machine.wakeups = 0;
    REQUIRE(machine.until(Task::scheduled) == 4h);
    CHECK(machine.wakeups == 2); // one to find nothing to do, one for the run
}

TEST_CASE("a change is looked at 500 ms after the last of its events") {
    Machine machine;
    machine.wake(Wakeup::machine_changed);
    CHECK(machine.next(499ms) == std::nullopt);
    machine.wake(Wakeup::machine_changed);
    CHECK(machine.next(499ms) == std::nullopt);
    CHECK(machine.next(1ms) == Task::drift);
    CHECK(machine.next(4min) == std::nullopt);
}

TEST_CASE("events without end do not keep a change from being looked at") {
    Machine machine;
    std::optional<Task> task;
    int events = 0;
    for (; !task && events < 1'000; ++events) {
        machine.wake(Wakeup::machine_changed);
        task = machine.next(100ms);
    }
    CHECK(task == Task::drift);
    CHECK(events == 100); // ten seconds
}

TEST_CASE("settings are read again when they have settled, before anything else is done") {
    Machine machine;
    machine.wake(Wakeup::settings_changed);
    machine.wake(Wakeup::machine_changed);
    CHECK(machine.until(Task::reload) == 500ms);
    CHECK(machine.until(Task::drift) == 0ms);
}

TEST_CASE("a fetch that failed is tried again after 1, 5, 15 and 60 minutes, then by the schedule") {
    Machine machine;
    REQUIRE(machine.until(Task::scheduled, unfetched) == 5min);
    for (const auto delay : retry_delays) {
        CHECK(machine.agenda.wants_network());
        CHECK(machine.until(Task::scheduled, unfetched) == delay);
    }
    CHECK(machine.agenda.wants_network());
    CHECK(machine.until(Task::scheduled, unfetched) == 4h - 81min);
    CHECK(machine.until(Task::scheduled, unfetched) == 1min); // and from the beginning
    CHECK(machine.until(Task::scheduled) == 5min);
    CHECK_FALSE(machine.agenda.wants_network());
    CHECK(machine.until(Task::scheduled) == 4h - 6min);
}

TEST_CASE("a change of the network is used at once, and is a new beginning") {
    Machine machine;
    REQUIRE(machine.until(Task::scheduled, unfetched) == 5min);
    REQUIRE(machine.until(Task::scheduled, unfetched) == 1min);
    CHECK(machine.next(2min) == std::nullopt);
    machine.wake(Wakeup::network_changed);
    CHECK(machine.next(3s) == std::nullopt);
    machine.wake(Wakeup::network_changed); // the next address
    CHECK(machine.until(Task::scheduled, unfetched) == 5s);
    CHECK(machine.until(Task::scheduled, unfetched) == 1min);
    CHECK(machine.until(Task::scheduled) == 5min);
    machine.wake(Wakeup::network_changed); // nobody waits for it any more
    CHECK(machine.next(1h) == std::nullopt);
}

TEST_CASE("a laptop that is in the company's network for 20 minutes does not miss it") {
    for (std::chrono::seconds away{0}; away < 14 * 24h; away += 1'777s) {
        CAPTURE(away);
        Machine machine;
        const milliseconds connects = machine.now().steady + away;
        std::optional<Task> task;
        while (machine.now().steady < connects)
            task = machine.next(connects - machine.now().steady, unfetched);
        machine.wake(Wakeup::network_changed);
        task = machine.next(20min);
        REQUIRE(task == Task::scheduled);
        CHECK_FALSE(machine.agenda.wants_network());
    }
}

TEST_CASE("a run that another one keeps out is tried again after a minute, and is no failed fetch") {
    Machine machine;
    REQUIRE(machine.until(Task::scheduled, busy) == 5min);
    CHECK(machine.until(Task::scheduled, busy) == 1min);
    CHECK_FALSE(machine.agenda.wants_network());
    CHECK(machine.until(Task::scheduled) == 1min);
    machine.wake(Wakeup::machine_changed);
    CHECK(machine.until(Task::drift, busy) == 500ms);
    CHECK(machine.until(Task::drift) == 1min);
}

TEST_CASE("what a change brings to light starts no retries") {
    Machine machine;
    machine.wake(Wakeup::machine_changed);
    CHECK(machine.until(Task::drift, unfetched) == 500ms);
    CHECK_FALSE(machine.agenda.wants_network());
    CHECK(machine.until(Task::scheduled) == 5min); // the wall clock is read in whole seconds
}

TEST_CASE("threat 13: a clock that is set forward by more than an interval brings a run at once") {
    Machine machine;
    REQUIRE(machine.until(Task::scheduled) == 5min);
    REQUIRE(machine.next(1h) == std::nullopt);
    machine.set_clock(24h * 365);
    machine.wake(Wakeup::clock_changed);
    CHECK(machine.until(Task::scheduled) == 0ms);
}

TEST_CASE("threat 13: a clock that is set back brings the next run at the machine's minute of that clock") {
    Machine machine;
    REQUIRE(machine.until(Task::scheduled) == 5min);
    machine.set_clock(-24h * 365 - 7min);
    machine.wake(Wakeup::clock_changed);
    CHECK(machine.until(Task::scheduled) == 7min);
    CHECK(machine.until(Task::scheduled) == 4h);
}

TEST_CASE("threat 13: clock jumps without end, told or not, keep no run away for longer than an interval") {
    std::mt19937 random(13); // NOLINT(cert-msc32-c,cert-msc51-cpp)
    Machine machine;
    milliseconds last_run = machine.now().steady;
    for (int jump = 0; jump < 5'000; ++jump) {
        std::uniform_int_distribution<int> seconds(-100'000'000, 100'000'000);
        std::uniform_int_distribution<int> pause(1, 3 * 3'600);
        machine.set_clock(std::chrono::seconds{seconds(random)});
        if (jump % 3 != 0) machine.wake(Wakeup::clock_changed);
        const milliseconds until = machine.now().steady + std::chrono::seconds{pause(random)};
        while (machine.now().steady < until) {
            const auto task = machine.next(until - machine.now().steady);
            if (!task) continue;
            REQUIRE(machine.now().steady - last_run <= rhythm.interval + schedule_margin);
            last_run = machine.now().steady;
        }
    }
}

TEST_CASE("another interval counts from now on") {
    Machine machine;
    REQUIRE(machine.until(Task::scheduled) == 5min);
    machine.agenda.change_rhythm({15min, 1min}, machine.now());
    CHECK(machine.until(Task::scheduled) == 11min);
    CHECK(machine.until(Task::scheduled) == 15min);
}
