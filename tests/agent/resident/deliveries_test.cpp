#include "agent/resident/deliveries.h"

#include "agent/platform/windows/wait.h"
#include "agent/platform/within.h"
#include "tests/support/sample_report.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_sink.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <future>
#include <thread>

using namespace wta;
using namespace std::chrono_literals;
using wta::test::ScratchFolder;
using wta::test::TestSink;

namespace {

// A resident's deliveries, of which the test says what time it is.
struct Bench {
    ScratchFolder scratch;
    std::shared_ptr<TestSink> sink = std::make_shared<TestSink>("https");
    std::shared_ptr<Reporting> reporting = std::make_shared<Reporting>(
        ReportingSetup{.folder = scratch.path(),
                       .sinks = {sink},
                       .machine = "PC-1",
                       .heartbeat = {24h, 0s},
                       .limits = {.age = std::chrono::years{100}}, // the ids are as old as the code
                       .random = [] { return 0.0; }});
    Deliveries deliveries{1h};

    void keep() {
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        reporting->keep(test::live_report("019303f0-0000-7000-8000-000000000000", now));
    }
    void wait_for_end() {
        const std::array<void*, 1> handles{deliveries.handle()};
        REQUIRE(platform::wait_for_any(handles, 60s));
    }
};

} // namespace

TEST_CASE("nothing is delivered before a run has kept something") {
    Bench bench;
    bench.deliveries.take(nullptr, 0ms);
    bench.deliveries.start_when_due(1h);
    CHECK_FALSE(bench.deliveries.busy());
    CHECK_FALSE(bench.deliveries.wait(0ms));
}

TEST_CASE("what a run kept is delivered at once, what is left over when it is time") {
    Bench bench;
    bench.sink->answer = [times = 0](const OutgoingReport&, std::chrono::steady_clock::time_point) mutable {
        if (++times > 1) return Delivery{};
        return Delivery{.kind = Delivery::Kind::later, .detail = "nobody is there", .retry_after = 0s};
    };
    bench.keep();
    bench.deliveries.take(bench.reporting, 1'000ms);
    CHECK(bench.deliveries.wait(400ms) == 600ms);
    bench.deliveries.start_when_due(1'000ms);
    REQUIRE(bench.deliveries.busy());
    CHECK_FALSE(bench.deliveries.wait(1'000ms));
    bench.wait_for_end();
    bench.deliveries.ended(2'000ms);
    CHECK(bench.sink->given.size() == 1);
    CHECK(bench.deliveries.wait(2'000ms) == 60s);
    bench.deliveries.start_when_due(61'999ms);
    CHECK_FALSE(bench.deliveries.busy());
    bench.deliveries.start_when_due(62'000ms);
    REQUIRE(bench.deliveries.busy());
    bench.wait_for_end();
    bench.deliveries.ended(62'000ms);
    CHECK(bench.sink->given.size() == 2);
    CHECK_FALSE(bench.deliveries.wait(62'000ms));
}

TEST_CASE("what a run keeps during a delivery is delivered after it") {
    Bench bench;
    std::promise<void> end;
    bench.sink->answer = [wait = end.get_future().share()](const OutgoingReport&,
                                                           std::chrono::steady_clock::time_point) {
        wait.wait();
        return Delivery{};
    };
    bench.keep();
    bench.deliveries.take(bench.reporting, 0ms);
    bench.deliveries.start_when_due(0ms);
    bench.deliveries.take(bench.reporting, 10ms);
    bench.deliveries.start_when_due(10ms); // one at a time
    end.set_value();
    bench.wait_for_end();
    bench.deliveries.ended(20ms);
    CHECK(bench.deliveries.wait(20ms) == 0ms);
}

TEST_CASE("a delivery that hangs is left when the resident stops") {
    Bench bench;
    std::promise<void> asked;
    std::promise<void> end;
    bench.sink->answer = [&asked, wait = end.get_future().share()](const OutgoingReport&,
                                                                   std::chrono::steady_clock::time_point) {
        asked.set_value();
        wait.wait();
        return Delivery{};
    };
    bench.keep();
    bench.deliveries.take(bench.reporting, 0ms);
    bench.deliveries.start_when_due(0ms);
    asked.get_future().wait();
    const auto begun = std::chrono::steady_clock::now();
    bench.deliveries.leave(100ms);
    CHECK(std::chrono::steady_clock::now() - begun < 2s);
    CHECK(abandoned_workers() == 1);
    end.set_value();
    while (abandoned_workers() > 0) std::this_thread::yield();
}
