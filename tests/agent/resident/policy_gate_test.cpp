#include "agent/resident/policy_gate.h"

#include "agent/platform/within.h"

#include <catch2/catch_test_macros.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace wta;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// Group Policy that is at work until the test ends it.
class Policy {
public:
    ~Policy() {
        end();
        while (abandoned_workers() > 0) std::this_thread::yield();
    }

    [[nodiscard]] std::function<void()> wait() const {
        return [state = state_] {
            std::unique_lock lock(state->mutex);
            ++state->waiting;
            state->changed.notify_all();
            state->changed.wait(lock, [&state] { return state->ended; });
        };
    }
    void end() {
        const std::scoped_lock lock(state_->mutex);
        state_->ended = true;
        state_->changed.notify_all();
    }
    void until_waited_for() {
        std::unique_lock lock(state_->mutex);
        state_->changed.wait(lock, [this] { return state_->waiting > 0; });
    }
    [[nodiscard]] int waits() {
        const std::scoped_lock lock(state_->mutex);
        return state_->waiting;
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        bool ended = false;
        int waiting = 0;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

} // namespace

TEST_CASE("a look waits until Group Policy has been applied") {
    Policy policy;
    PolicyGate gate(policy.wait(), 60s);
    std::atomic<bool> looked = false;
    std::jthread looking([&](const std::stop_token& stop) {
        gate.pass(stop);
        looked = true;
    });
    policy.until_waited_for();
    CHECK_FALSE(looked);
    policy.end();
    looking.join();
    CHECK(looked);
    CHECK(abandoned_workers() == 0);
}

TEST_CASE("Group Policy that hangs is given up at the end of the patience") {
    Policy policy;
    PolicyGate gate(policy.wait(), 200ms);
    const auto begun = Clock::now();
    gate.pass({});
    CHECK(Clock::now() - begun >= 200ms);
    CHECK(Clock::now() - begun < 30s);
    CHECK(abandoned_workers() == 1);
}

TEST_CASE("while Group Policy still hangs, nobody waits for it in one more thread") {
    Policy policy;
    PolicyGate gate(policy.wait(), 50ms);
    for (int look = 0; look < 20; ++look) gate.pass({});
    CHECK(policy.waits() == 1);
    CHECK(abandoned_workers() == 1);
    policy.end();
    while (abandoned_workers() > 0) std::this_thread::yield();
    gate.pass({});
    CHECK(policy.waits() == 2);
}

TEST_CASE("a stop ends the wait for Group Policy at once") {
    Policy policy;
    PolicyGate gate(policy.wait(), 24h);
    std::jthread looking([&gate](const std::stop_token& stop) { gate.pass(stop); });
    policy.until_waited_for();
    looking.request_stop();
    looking.join(); // in less than a day
    CHECK(abandoned_workers() == 1);
}
