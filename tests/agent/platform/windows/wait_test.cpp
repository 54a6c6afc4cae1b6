#include "agent/platform/windows/wait.h"

#include "agent/platform/windows/event.h"
#include "agent/platform/windows/resident_signals.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <system_error>
#include <thread>

using namespace wta;
using namespace std::chrono_literals;
using platform::Event;
using platform::ResidentSignals;
using platform::Signal;
using platform::wait_for_any;

TEST_CASE("the first in the list that is raised ends the wait, and is taken by it") {
    Event a;
    Event b;
    const std::array<void*, 2> handles{a.handle(), b.handle()};
    b.raise();
    CHECK(wait_for_any(handles, 0ms) == 1U);
    CHECK(wait_for_any(handles, 0ms) == std::nullopt);
    b.raise();
    a.raise();
    CHECK(wait_for_any(handles, 0ms) == 0U);
    CHECK(wait_for_any(handles, 0ms) == 1U);
}

TEST_CASE("a stop stays raised, whoever waits for it") {
    ResidentSignals signals;
    std::jthread([&signals] { signals.raise(Signal::stop); }).join();
    const std::array<void*, 1> handles{signals.handle(Signal::stop)};
    CHECK(wait_for_any(handles, 24h) == 0U);
    CHECK(wait_for_any(handles, 24h) == 0U);
}

TEST_CASE("a time that has passed is no wait, and one beyond Windows' limit no endless one") {
    const Event event;
    const std::array<void*, 1> handles{event.handle()};
    CHECK(wait_for_any(handles, -5ms) == std::nullopt);
    Event raised;
    raised.raise();
    const std::array<void*, 1> others{raised.handle()};
    CHECK(wait_for_any(others, std::chrono::milliseconds::max()) == 0U);
}

TEST_CASE("what cannot be waited for is an error, never a wait that returns at once for ever") {
    const std::array<void*, 1> handles{nullptr};
    CHECK_THROWS_AS(wait_for_any(handles, 1ms), std::system_error);
}
