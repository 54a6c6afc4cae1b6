#include "agent/reporting/queue.h"

#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

using namespace wta;
using namespace std::chrono_literals;
using wta::test::ScratchFolder;
using wta::test::write_text;

namespace {

constexpr Timestamp now{std::chrono::sys_days(std::chrono::year{2026} / 11 / 28)};

std::string id_at(Timestamp time, int number = 0) {
    const auto ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
    return fmt::format("{:08x}-{:04x}-7000-8000-{:012x}", ms >> 16U, ms & 0xFFFFU, number);
}

std::vector<std::string> waiting(Queue& queue, Timestamp at = now) {
    const auto list = queue.wait_list(at);
    REQUIRE(list);
    return list->ids;
}

} // namespace

TEST_CASE("an id tells when it was made, and nothing else does") {
    CHECK(time_of_id(id_at(now)) == now);
    CHECK(time_of_id("01900000-0000-7000-8000-000000000000"));
    for (const auto* other :
         {"", "01900000-0000-4000-8000-000000000000", "01900000-0000-7000-8000-00000000000",
          "01900000-0000-7000-8000-0000000000000", "0190000G-0000-7000-8000-000000000000",
          "0190000A-0000-7000-8000-000000000000", "01900000x0000-7000-8000-000000000000",
          "../../../../../../../../../etc/passwd"})
        CHECK_FALSE(time_of_id(other));
}

TEST_CASE("reports wait in the order in which they were made, until they are removed") {
    const ScratchFolder scratch;
    Queue queue(scratch.path() / "https");
    CHECK(waiting(queue).empty()); // there is no folder yet
    const std::string second = id_at(now - 1h);
    const std::string first = id_at(now - 2h);
    REQUIRE(queue.add(second, "{2}"));
    REQUIRE(queue.add(first, "{1}"));
    CHECK(waiting(queue) == std::vector{first, second});
    CHECK(queue.size() == 2);
    CHECK(*queue.read(first) == "{1}");
    REQUIRE(queue.remove(first));
    CHECK(waiting(queue) == std::vector{second});
    CHECK(queue.read(first).error().code == ErrorCode::not_found);
}

TEST_CASE("beyond its limits a queue drops the oldest, and says how many") {
    const ScratchFolder scratch;
    SECTION("by number") {
        Queue queue(scratch.path() / "https", {.count = 3, .bytes = 1'000'000, .age = 24h});
        for (int i = 0; i < 5; ++i) REQUIRE(queue.add(id_at(now - 1h, i), "{}"));
        const auto list = queue.wait_list(now);
        REQUIRE(list);
        CHECK(list->dropped == 2);
        CHECK(list->ids == std::vector{id_at(now - 1h, 2), id_at(now - 1h, 3), id_at(now - 1h, 4)});
        CHECK(queue.size() == 3);
        CHECK(queue.wait_list(now)->dropped == 0);
    }
    SECTION("by bytes") {
        Queue queue(scratch.path() / "https", {.count = 100, .bytes = 20, .age = 24h});
        for (int i = 0; i < 3; ++i) REQUIRE(queue.add(id_at(now - 1h, i), "0123456789"));
        CHECK(queue.wait_list(now)->dropped == 1);
        CHECK(waiting(queue).size() == 2);
    }
    SECTION("by age") {
        Queue queue(scratch.path() / "https", {.count = 100, .bytes = 1'000'000, .age = 24h});
        REQUIRE(queue.add(id_at(now - 24h), "{}"));
        REQUIRE(queue.add(id_at(now - 24h - 1s), "{}"));
        CHECK(queue.wait_list(now)->dropped == 1);
        CHECK(waiting(queue) == std::vector{id_at(now - 24h)});
    }
}

TEST_CASE("a report from the future, when the clock was ahead, waits like any other") {
    const ScratchFolder scratch;
    Queue queue(scratch.path() / "https");
    REQUIRE(queue.add(id_at(now + 24h * 365), "{}"));
    CHECK(waiting(queue).size() == 1);
}

TEST_CASE(
    "what a killed run left half written is no report, and goes when nobody can be writing it any more") {
    const ScratchFolder scratch;
    Queue queue(scratch.path() / "https");
    const std::string id = id_at(now);
    REQUIRE(queue.add(id_at(now - 2h), "{}"));
    const auto unfinished = queue.folder() / (id + ".json.new");
    write_text(unfinished, "{\"half");
    CHECK(waiting(queue) == std::vector{id_at(now - 2h)});
    CHECK(std::filesystem::exists(unfinished)); // perhaps by another process, right now
    CHECK(waiting(queue, now + 61min).size() == 1);
    CHECK_FALSE(std::filesystem::exists(unfinished));
}

TEST_CASE("files that no report has are set aside") {
    const ScratchFolder scratch;
    Queue queue(scratch.path() / "https");
    REQUIRE(queue.add(id_at(now), "{}"));
    write_text(queue.folder() / "notes.txt", "x");
    write_text(queue.folder() / "01900000-0000-4000-8000-000000000000.json", "{}");
    write_text(queue.folder() / "state.json", "{}");
    const auto list = queue.wait_list(now);
    REQUIRE(list);
    CHECK(list->damaged == 2);
    CHECK(list->ids == std::vector{id_at(now)});
    CHECK(std::filesystem::exists(queue.folder() / "damaged" / "notes.txt"));
    CHECK(std::filesystem::exists(queue.folder() / "state.json"));
    CHECK(queue.wait_list(now)->damaged == 0);
}

TEST_CASE("a refused report is kept with the reason, out of the queue") {
    const ScratchFolder scratch;
    Queue queue(scratch.path() / "https");
    const std::string id = id_at(now);
    REQUIRE(queue.add(id, "{}"));
    REQUIRE(queue.refuse(id, "413\r\ntoo large"));
    CHECK(waiting(queue).empty());
    CHECK(as_text(test::read_bytes(queue.folder() / "refused" / (id + ".json"))) == "{}");
    CHECK(as_text(test::read_bytes(queue.folder() / "refused" / (id + ".txt"))) ==
          "413\\x0D\\x0Atoo large\n");
}

TEST_CASE("what is set aside does not fill the disk") {
    const ScratchFolder scratch;
    Queue queue(scratch.path() / "https");
    for (int i = 0; i < 150; ++i) {
        REQUIRE(queue.add(id_at(now, i), "{}"));
        REQUIRE(queue.refuse(id_at(now, i), "no"));
    }
    const auto kept = std::distance(std::filesystem::directory_iterator(queue.folder() / "refused"), {});
    CHECK(kept == 200); // a hundred, each with its reason
    CHECK(std::filesystem::exists(queue.folder() / "refused" / (id_at(now, 149) + ".json")));
}

TEST_CASE("the oldest can be dropped to make room") {
    const ScratchFolder scratch;
    Queue queue(scratch.path() / "https");
    REQUIRE(queue.add(id_at(now), "{}"));
    REQUIRE(queue.add(id_at(now - 1h), "{}"));
    CHECK(*queue.drop_oldest());
    CHECK(waiting(queue) == std::vector{id_at(now)});
    CHECK(*queue.drop_oldest());
    CHECK_FALSE(*queue.drop_oldest());
}
