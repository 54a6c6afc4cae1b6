#include "agent/resident/worker.h"

#include "agent/platform/windows/wait.h"
#include "agent/platform/within.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>

using namespace wta;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

bool ended(const Worker& worker) {
    const std::array<void*, 1> handles{worker.ended()};
    return platform::wait_for_any(handles, 30s).has_value();
}

} // namespace

TEST_CASE("the end of the work is told, and the worker is free for the next") {
    Worker worker(1h);
    for (int i = 0; i < 3; ++i) {
        const auto done = std::make_shared<std::atomic<bool>>(false);
        worker.start([done](const std::stop_token&) { *done = true; });
        CHECK(worker.busy());
        REQUIRE(ended(worker));
        CHECK(worker.collect());
        CHECK(*done);
        CHECK_FALSE(worker.busy());
    }
    CHECK(abandoned_workers() == 0);
}

TEST_CASE("work that ends when it is asked to is not left alone") {
    Worker worker(1h);
    worker.start([](const std::stop_token& stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
    });
    worker.leave(30s);
    CHECK_FALSE(worker.busy());
    CHECK(abandoned_workers() == 0);
    worker.leave(30s); // nothing to leave
}

TEST_CASE("work that hangs is left alone after the grace, and counted until it ends") {
    const auto may_end = std::make_shared<std::atomic<bool>>(false);
    const auto begun = Clock::now();
    {
        Worker worker(1h);
        worker.start([may_end](const std::stop_token&) { may_end->wait(false); });
        worker.leave(200ms);
    }
    CHECK(Clock::now() - begun >= 200ms);
    CHECK(Clock::now() - begun < 20s);
    CHECK(abandoned_workers() == 1);
    *may_end = true;
    may_end->notify_all();
    while (abandoned_workers() > 0) std::this_thread::yield();
}

TEST_CASE("work that takes longer than it may is left alone, and said to be") {
    const auto may_end = std::make_shared<std::atomic<bool>>(false);
    Worker worker(100ms);
    worker.start([may_end](const std::stop_token&) { may_end->wait(false); });
    REQUIRE(ended(worker));
    CHECK_FALSE(worker.collect());
    CHECK(abandoned_workers() == 1);
    *may_end = true;
    may_end->notify_all();
    while (abandoned_workers() > 0) std::this_thread::yield();
}
