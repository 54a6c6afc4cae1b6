#include "agent/reporting/reporting.h"

#include "agent/platform/folder_lock.h"
#include "agent/platform/private_folder.h"
#include "agent/platform/within.h"
#include "common/report/report_json.h"
#include "tests/support/sample_report.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_sink.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <future>
#include <random>
#include <set>

using namespace wta;
using namespace std::chrono_literals;
using wta::test::ScratchFolder;
using wta::test::TestSink;
using wta::test::write_text;
using Clock = std::chrono::steady_clock;

namespace {

constexpr Timestamp noon = std::chrono::sys_days(std::chrono::year{2026} / 11 / 28) + 12h;

std::string id_at(Timestamp time, int number = 0) {
    const auto ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
    return fmt::format("{:08x}-{:04x}-7000-8000-{:012x}", ms >> 16U, ms & 0xFFFFU, number);
}

auto always(const Delivery& delivery) {
    return [delivery](const OutgoingReport&, Clock::time_point) { return delivery; };
}

const Delivery later{.kind = Delivery::Kind::later, .detail = "nobody is there"};
const Delivery refused{.kind = Delivery::Kind::refused, .detail = "413 too large"};

struct Bench {
    ScratchFolder scratch;
    std::filesystem::path folder = scratch.path() / "spool";
    std::shared_ptr<TestSink> https = std::make_shared<TestSink>("https");
    std::vector<std::shared_ptr<Sink>> sinks{https};
    QueueLimits limits;
    double random = 0;

    Bench() { REQUIRE(platform::ensure_private_folder(folder)); }

    // As each process has it anew.
    [[nodiscard]] Reporting reporting() const {
        return Reporting({.folder = folder,
                          .sinks = sinks,
                          .machine = "PC-1",
                          .heartbeat = {24h, 0s},
                          .limits = limits,
                          .random = [this] { return random; }});
    }

    // A whole run: what it reports, and delivers.
    std::optional<std::chrono::seconds> run(StatusReport report, std::chrono::milliseconds time = 5s) const {
        Reporting one = reporting();
        for (const Finding& finding : one.findings()) report.findings.push_back(to_report(finding));
        one.keep(report);
        return one.deliver(report.time, Clock::now() + time, {});
    }

    [[nodiscard]] std::size_t waiting(const std::string& name = "https") const {
        return Queue(folder / name).size();
    }
    [[nodiscard]] QueueState state(const std::string& name = "https") const {
        return read_queue_state(folder / name);
    }
};

// One that has something to tell each time.
StatusReport changed_report(Timestamp time, int number = 0) {
    StatusReport report = test::live_report(id_at(time, number), time);
    report.changes.push_back(
        {.action = "setPolicyValue", .store = "x", .thumbprint = {}, .outcome = Outcome::done, .detail = {}});
    return report;
}

std::vector<std::string> codes(const Reporting& reporting) {
    std::vector<std::string> list;
    for (const Finding& finding : reporting.findings()) list.push_back(to_report(finding).code);
    return list;
}

} // namespace

TEST_CASE("a report is delivered as it is, and then waits no longer") {
    const Bench bench;
    const StatusReport report = changed_report(noon);
    CHECK_FALSE(bench.run(report));
    REQUIRE(bench.https->given.size() == 1);
    CHECK(bench.https->given[0].id == report.run_id);
    CHECK(bench.https->given[0].report == report);
    CHECK(*report_from_json(bench.https->given[0].json) == report);
    CHECK(bench.waiting() == 0);
}

TEST_CASE("without a place to go nothing is written") {
    Bench bench;
    bench.sinks.clear();
    CHECK_FALSE(bench.run(changed_report(noon)));
    CHECK(std::filesystem::is_empty(bench.folder));
}

TEST_CASE("a state that stays the same is told once, and again with the heartbeat") {
    const Bench bench;
    for (int hour = 0; hour < 24 * 3; hour += 4)
        bench.run(test::live_report(id_at(noon + std::chrono::hours(hour)), noon + std::chrono::hours(hour)));
    CHECK(bench.https->ids() ==
          std::vector{id_at(noon), id_at(noon + 12h), id_at(noon + 36h), id_at(noon + 60h)});
}

TEST_CASE("what a receiver does not take now waits, and is tried again when it is time") {
    const Bench bench;
    bench.https->answer = always(later);
    CHECK(bench.run(changed_report(noon)) == 60s);
    CHECK(bench.waiting() == 1);
    CHECK(bench.state().failures == 1);
    CHECK(bench.state().not_before == noon + 60s);

    bench.https->answer = always({});
    bench.https->given.clear();
    CHECK(bench.run(changed_report(noon + 59s)) == 60s); // too early for both
    CHECK(bench.https->given.empty());
    CHECK_FALSE(bench.reporting().deliver(noon + 60s, Clock::now() + 5s, {}));
    CHECK(bench.https->ids() == std::vector{id_at(noon), id_at(noon + 59s)}); // oldest first
    CHECK(bench.waiting() == 0);
    CHECK(bench.state() == QueueState{});
}

TEST_CASE("each failure makes the next wait longer, and a receiver may say how long") {
    const Bench bench;
    bench.https->answer = always(later);
    bench.run(changed_report(noon));
    bench.run(changed_report(noon + 60s));
    CHECK(bench.state().failures == 2);
    CHECK(bench.state().not_before == noon + 60s + 1h);
    CHECK(bench.state().failing_since == noon);
    Delivery busy = later;
    busy.retry_after = 300s;
    bench.https->answer = always(busy);
    CHECK(bench.run(changed_report(noon + 2h)) == 300s);
    CHECK(bench.state().not_before == noon + 2h + 300s);
}

TEST_CASE("a clock that was set back silences no receiver") {
    const Bench bench;
    bench.https->answer = always(later);
    bench.run(changed_report(noon + 24h * 1'000));
    bench.https->answer = always({});
    CHECK_FALSE(bench.run(changed_report(noon)));
    CHECK(bench.waiting() == 0);
}

TEST_CASE("a failure is a finding of the next report, until it is over") {
    const Bench bench;
    bench.https->answer = always(later);
    bench.run(changed_report(noon));
    const auto findings = bench.reporting().findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].code == ReasonCode::report_not_delivered);
    CHECK(findings[0].subject == "https");
    CHECK(findings[0].detail ==
          "Reports to the https are not taken: nobody is there. 1 report waits; the next "
          "try is not before 2026-11-28T12:01:00Z.");
    CHECK(findings[0].actual == "since 2026-11-28T12:00:00Z");
    bench.https->answer = always({});
    bench.run(changed_report(noon + 1h));
    CHECK(bench.reporting().findings().empty());
}

TEST_CASE("a report that is refused for good is set aside and told, and does not hold up the others") {
    const Bench bench;
    bench.https->answer = [](const OutgoingReport& report, Clock::time_point) {
        return report.id == id_at(noon) ? refused : Delivery{};
    };
    bench.run(changed_report(noon));
    CHECK(bench.waiting() == 0);
    CHECK(std::filesystem::exists(bench.folder / "https" / "refused" / (id_at(noon) + ".json")));
    CHECK(codes(bench.reporting()) == std::vector<std::string>{"report_refused"});

    bench.run(changed_report(noon + 1h)); // tells it, and is acknowledged
    CHECK(bench.https->given.back().report.findings.size() == 1);
    CHECK(bench.reporting().findings().empty());
    CHECK(bench.state().refused == Loss{.count = 1, .told = 1, .reason = "413 too large"});
}

TEST_CASE(
    "what is dropped is counted until the receiver knows it, also when those that told it are dropped") {
    Bench bench;
    bench.limits.count = 3;
    bench.https->answer = always(later);
    for (int i = 0; i < 10; ++i) bench.run(changed_report(noon + i * 4h, i));
    CHECK(bench.waiting() == 3);
    CHECK(bench.state().dropped.count == 7);
    bench.https->answer = always({});
    bench.https->given.clear();
    bench.run(changed_report(noon + 100h, 10));
    // Each arrived or is among those that the last one tells: of 11, 4 minus the one that made room.
    CHECK(bench.https->given.size() == 3);
    CHECK(bench.state().dropped.count == 8);
    const auto told = bench.https->given.back().report.findings;
    REQUIRE_FALSE(told.empty());
    bench.run(changed_report(noon + 104h, 11));
    CHECK(bench.https->given.back().report.findings.front().actual == "8");
    CHECK(bench.state().dropped.told == 8);
    CHECK(bench.reporting().findings().empty());
}

TEST_CASE("a file that is no report is set aside and told") {
    const Bench bench;
    bench.https->answer = always(later);
    bench.run(changed_report(noon));
    bench.https->answer = always({});
    write_text(bench.folder / "https" / (id_at(noon, 1) + ".json"), "{\"half");
    write_text(bench.folder / "https" / (id_at(noon, 2) + ".json"), "");
    StatusReport other = changed_report(noon, 4);
    write_text(bench.folder / "https" / (id_at(noon, 3) + ".json"), R"({"schemaVersion":1,"runId":"x"})");
    bench.run(changed_report(noon + 1h));
    CHECK(bench.https->ids() == std::vector{id_at(noon), id_at(noon), id_at(noon + 1h)});
    CHECK(bench.state().damaged.count == 3);
    CHECK(codes(bench.reporting()) == std::vector<std::string>{"report_damaged"});
}

TEST_CASE("who shows the newest report gets that one alone, and again when it failed") {
    Bench bench;
    auto file = std::make_shared<TestSink>("file", Sink::Keeps::newest_report);
    bench.sinks = {file};
    file->answer = always(later);
    bench.run(changed_report(noon));
    CHECK(codes(bench.reporting()) == std::vector<std::string>{"report_not_delivered"});
    file->answer = always({});
    bench.run(test::live_report(id_at(noon + 1h), noon + 1h)); // nothing new in it but that
    CHECK(file->ids() == std::vector{id_at(noon), id_at(noon + 1h)});
    bench.run(test::live_report(id_at(noon + 2h), noon + 2h));
    CHECK(file->given.size() == 2);
    CHECK(bench.reporting().findings().empty());
    CHECK(Queue(bench.folder / "file").size() == 0);
}

TEST_CASE("what is on this machine gets every run, with the last success") {
    Bench bench;
    auto local = std::make_shared<TestSink>("prometheus", Sink::Keeps::latest_run);
    bench.sinks = {local};
    StatusReport wrong = test::live_report(id_at(noon + 2h), noon + 2h);
    wrong.in_desired_state = false;
    bench.run(test::live_report(id_at(noon), noon));
    bench.run(test::live_report(id_at(noon + 1h), noon + 1h));
    bench.run(wrong);
    REQUIRE(local->given.size() == 3);
    CHECK(local->given[1].last_success == noon + 1h);
    CHECK(local->given[2].last_success == noon + 1h);
}

TEST_CASE("every receiver gets its share of the time, also beside one that hangs") {
    Bench bench;
    auto hanging = std::make_shared<TestSink>("otlp");
    std::promise<void> end;
    hanging->answer = [wait = end.get_future().share()](const OutgoingReport&, Clock::time_point) {
        wait.wait();
        return Delivery{};
    };
    bench.sinks = {hanging, bench.https};
    const auto start = Clock::now();
    bench.run(changed_report(noon), 2s);
    CHECK(Clock::now() - start < 10s);
    CHECK(bench.https->given.size() == 1);
    CHECK(bench.waiting("https") == 0);
    CHECK(bench.waiting("otlp") == 1);
    CHECK(bench.state("otlp").failure == "it hung until the time for deliveries was over");
    end.set_value();
    while (abandoned_workers() > 0) std::this_thread::yield();
}

TEST_CASE("a report is not begun when the time is too short for it, unless it is the first") {
    const Bench bench;
    Reporting reporting = bench.reporting();
    reporting.keep(changed_report(noon, 1));
    reporting.keep(changed_report(noon, 2));
    CHECK(reporting.deliver(noon, Clock::now() + shortest_delivery - 100ms, {}) == 60s);
    CHECK(bench.https->ids() == std::vector{id_at(noon, 1)});
    CHECK(bench.state() == QueueState{}); // nobody's fault
    CHECK_FALSE(reporting.deliver(noon, Clock::now() + 5s, {}));
    CHECK(bench.waiting() == 0);
}

TEST_CASE("a delivery that is stopped is no failure of the receiver") {
    const Bench bench;
    Reporting reporting = bench.reporting();
    reporting.keep(changed_report(noon));
    std::stop_source stop;
    std::promise<void> end;
    bench.https->answer = [&stop, wait = end.get_future().share()](const OutgoingReport&, Clock::time_point) {
        stop.request_stop();
        wait.wait();
        return Delivery{};
    };
    static_cast<void>(reporting.deliver(noon, Clock::now() + 1h, stop.get_token()));
    CHECK(bench.state() == QueueState{});
    CHECK(bench.waiting() == 1);
    end.set_value();
    while (abandoned_workers() > 0) std::this_thread::yield();
}

TEST_CASE("while another process delivers, a run keeps its report and goes") {
    const Bench bench;
    {
        const auto other = platform::FolderLock::acquire(bench.folder);
        REQUIRE(other);
        CHECK(bench.run(changed_report(noon)) == 60s);
        CHECK(bench.https->given.empty());
        CHECK(bench.waiting() == 1);
    }
    CHECK_FALSE(bench.reporting().deliver(noon, Clock::now() + 5s, {}));
    CHECK(bench.https->given.size() == 1);
}

TEST_CASE("a report that cannot be kept is sent now, and told again by the next run when that fails") {
    const Bench bench;
    write_text(bench.folder / "https", "in the way of the queue");
    bench.run(changed_report(noon));
    CHECK(bench.https->ids() == std::vector{id_at(noon)});
    bench.https->answer = always(later);
    bench.run(test::live_report(id_at(noon + 1h), noon + 1h));
    CHECK(bench.https->given.size() == 2); // nothing is remembered as reported
    bench.run(test::live_report(id_at(noon + 2h), noon + 2h));
    CHECK(bench.https->given.size() == 3);
}

TEST_CASE("a cloned machine reports itself at once") {
    const Bench bench;
    bench.run(test::live_report(id_at(noon), noon));
    Reporting clone({.folder = bench.folder,
                     .sinks = bench.sinks,
                     .machine = "PC-2",
                     .heartbeat = {24h, 0s},
                     .limits = {},
                     .random = [] { return 0.0; }});
    clone.keep(test::live_report(id_at(noon + 1h), noon + 1h));
    CHECK_FALSE(clone.deliver(noon + 1h, Clock::now() + 5s, {}));
    CHECK(bench.https->given.size() == 2);
}

TEST_CASE("of a thousand reports to a receiver that fails at random, each arrives or is accounted for") {
    Bench bench;
    std::mt19937 numbers(20'261'128); // NOLINT: the same in each run
    std::set<std::string> acknowledged;
    std::size_t refusals = 0;
    bench.https->answer = [&](const OutgoingReport& report, Clock::time_point) -> Delivery {
        const auto draw = numbers() % 100;
        if (draw < 10) return later;
        if (draw < 20) { // taken, and the answer lost
            acknowledged.insert(report.id);
            return later;
        }
        if (draw < 30) {
            ++refusals;
            return refused;
        }
        acknowledged.insert(report.id);
        return {};
    };
    std::set<std::string> reported;
    Timestamp now = noon;
    for (int i = 0; i < 1'000; ++i, now += 1h) {
        bench.random = static_cast<double>(numbers() % 1'000) / 1'000;
        const StatusReport report = changed_report(now, i);
        reported.insert(report.run_id);
        bench.run(report);
    }
    for (int i = 0; i < 1'000 && bench.waiting() > 0; ++i, now += 13h)
        static_cast<void>(bench.reporting().deliver(now, Clock::now() + 5s, {}));
    CHECK(bench.waiting() == 0);
    CHECK(refusals > 0);
    CHECK(bench.state().refused.count == refusals);
    CHECK(bench.state().dropped.count == 0);
    std::size_t aside = 0;
    for (const std::string& id : reported) {
        const bool there = acknowledged.contains(id);
        if (!there) ++aside;
    }
    CHECK(aside <= refusals);
    CHECK(aside + acknowledged.size() == reported.size());
}
