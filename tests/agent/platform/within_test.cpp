#include "agent/platform/within.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>

using namespace wta;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// Work that waits until the test lets it go.
class Gate {
public:
    void open() {
        const std::scoped_lock lock(mutex_);
        open_ = true;
        opened_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
};

bool comes_true(const auto& condition) {
    for (const auto end = Clock::now() + 10s; Clock::now() < end; std::this_thread::yield()) {
        if (condition()) return true;
    }
    return false;
}

} // namespace

TEST_CASE("work that ends in time hands over its result and leaves no worker") {
    const auto result = within(Clock::now() + 10s, {}, [] { return std::string("done"); });
    REQUIRE(result == "done");
    REQUIRE(abandoned_workers() == 0);
}

TEST_CASE("a result is moved, never copied") {
    auto result = within(Clock::now() + 10s, {},
                         [value = std::make_unique<int>(7)]() mutable { return std::move(value); });
    REQUIRE(result.has_value());
    REQUIRE(**result == 7);
}

TEST_CASE("work that hangs is left at the deadline and counted until it ends") {
    const auto gate = std::make_shared<Gate>();
    const auto start = Clock::now();
    const auto result = within(start + 50ms, {}, [gate] {
        gate->wait();
        return 1;
    });
    const auto elapsed = Clock::now() - start;
    REQUIRE_FALSE(result.has_value());
    REQUIRE(elapsed >= 50ms);
    REQUIRE(elapsed < 1s);
    REQUIRE(abandoned_workers() == 1);
    gate->open();
    REQUIRE(comes_true([] { return abandoned_workers() == 0; }));
}

TEST_CASE("a stop request ends the wait long before the deadline") {
    const auto gate = std::make_shared<Gate>();
    std::stop_source stop;
    const auto start = Clock::now();
    std::jthread requester([&stop] {
        std::this_thread::yield();
        stop.request_stop();
    });
    const auto result = within(start + 60s, stop.get_token(), [gate] {
        gate->wait();
        return 1;
    });
    REQUIRE_FALSE(result.has_value());
    REQUIRE(Clock::now() - start < 10s);
    gate->open();
    REQUIRE(comes_true([] { return abandoned_workers() == 0; }));
}

TEST_CASE("after a stop request no work is begun") {
    std::stop_source stop;
    stop.request_stop();
    const auto begun = std::make_shared<std::atomic<bool>>(false);
    const auto result =
        within(Clock::now() + 10s, stop.get_token(), [begun] { return begun->exchange(true); });
    REQUIRE_FALSE(result.has_value());
    REQUIRE_FALSE(begun->load());
    REQUIRE(abandoned_workers() == 0);
}

TEST_CASE("what abandoned work holds is gone when it is no longer counted") {
    const auto gate = std::make_shared<Gate>();
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = held;
    const auto result = within(Clock::now() + 10ms, {}, [gate, held = std::move(held)] {
        gate->wait();
        return held;
    });
    REQUIRE_FALSE(result.has_value());
    gate->open();
    REQUIRE(comes_true([] { return abandoned_workers() == 0; }));
    REQUIRE(watched.expired());
}
