#include "agent/resident/schedule.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <random>
#include <vector>

using namespace wta;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h};

std::string random_guid(std::mt19937_64& random) {
    const std::uint64_t a = random();
    const std::uint64_t b = random();
    return fmt::format("{:08x}-{:04x}-4{:03x}-9{:03x}-{:012x}", a >> 32U, (a >> 16U) & 0xFFFFU, a & 0xFFFU,
                       b >> 52U, b & 0xFFFF'FFFF'FFFFU);
}

// Runs of each minute of the interval.
std::vector<int> minutes_of(const std::vector<Identity>& fleet, std::chrono::seconds interval) {
    std::vector<int> minutes(static_cast<std::size_t>(interval / 1min));
    for (const Identity& machine : fleet)
        ++minutes.at(static_cast<std::size_t>(rhythm_of(machine, interval).offset / 1min));
    return minutes;
}

} // namespace

TEST_CASE("100,000 machines spread over the interval, and no minute gets more than 1.3 times its share") {
    constexpr int count = 100'000;
    std::mt19937_64 random(20'261'122); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same machines each time
    std::vector<Identity> fleet;
    const int kind = GENERATE(0, 1, 2);
    for (int i = 0; i < count; ++i) {
        // Names in a row; one name and clones told apart by the GUID; GUIDs of one image told apart by the
        // name.
        const std::string guid = kind == 2 ? "00000000-0000-4000-9000-000000000000" : random_guid(random);
        fleet.push_back({guid, kind == 1 ? std::string("PC") : fmt::format("LAPTOP-{:06}", i)});
    }
    for (const std::chrono::seconds interval : {std::chrono::seconds{4h}, std::chrono::seconds{1h}}) {
        const std::vector<int> minutes = minutes_of(fleet, interval);
        const double share = double{count} / static_cast<double>(minutes.size());
        CAPTURE(kind, interval, share);
        CHECK(*std::ranges::max_element(minutes) <= 1.3 * share);
        CHECK(*std::ranges::min_element(minutes) >= 0.7 * share);
    }
}

TEST_CASE("a machine keeps its minute: after a restart, in other letters, and for every run") {
    const Identity machine{"6F9619FF-8B86-D011-B42D-00C04FC964FF", "PC-0815"};
    const Rhythm rhythm = rhythm_of(machine, 4h);
    CHECK(rhythm == rhythm_of({"6f9619ff-8b86-d011-b42d-00c04fc964ff", "pc-0815"}, 4h));
    Timestamp slot = next_slot(rhythm, noon);
    for (int run = 0; run < 100; ++run) {
        const Timestamp following = next_slot(rhythm, slot);
        REQUIRE(following - slot == 4h);
        slot = following;
    }
}

TEST_CASE("the next slot is after now, at most an interval away, and the same for every now before it") {
    for (const auto offset : {0s, 1s, 7'199s, 14'399s}) {
        const Rhythm rhythm{4h, offset};
        for (const Timestamp now : {noon, noon + 1s, Timestamp{}, Timestamp{-100'000'001s}}) {
            const Timestamp slot = next_slot(rhythm, now);
            REQUIRE(slot > now);
            REQUIRE(slot - now <= 4h);
            REQUIRE(next_slot(rhythm, slot - 1s) == slot);
        }
    }
}

TEST_CASE("a run that is an interval old was missed; one in the future says nothing") {
    const Rhythm rhythm{4h, 0s};
    CHECK(is_overdue(rhythm, noon - 4h, noon));
    CHECK(is_overdue(rhythm, noon - 48h, noon));
    CHECK_FALSE(is_overdue(rhythm, noon - 4h + 1s, noon));
    CHECK_FALSE(is_overdue(rhythm, noon + 24h, noon));
}
