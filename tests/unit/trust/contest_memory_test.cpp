#include "common/trust/contest_memory.h"

#include "tests/support/certificate_builder.h"
#include "tests/support/memory_registry.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::MemoryRegistry;
using test::reference_time;

namespace {

const Sha256 some = sha256_of(as_byte_view("some"));
const Sha256 other = sha256_of(as_byte_view("other"));
constexpr Timestamp later = reference_time + std::chrono::hours{3};

ContestMemory full() {
    using State = Placed::State;
    return {.settings_digest = std::string(64, 'a'),
            .policy_right = true,
            .policy_reverted = {reference_time, later},
            .policy_owner = Owner::domain_group_policy,
            .placed = {{{some, StoreName::root}, {State::in_place, {}}},
                       {{some, StoreName::trusted_publisher}, {State::put_back, later}},
                       {{other, StoreName::trusted_publisher}, {State::putting_back, reference_time}}}};
}

void write(MemoryRegistry& registry, const ContestMemory& before, const ContestMemory& now) {
    registry.forget_writes();
    REQUIRE(write_contest_memory(registry, before, now));
}

void set(MemoryRegistry& registry, std::string_view name, const RegistryValue& value) {
    REQUIRE(registry.set(contest_key, name, value));
}

} // namespace

TEST_CASE("who contests what is read back as it was remembered") {
    MemoryRegistry registry;
    CHECK(read_contest_memory(registry).value() == ContestMemory{});
    write(registry, {}, full());
    CHECK(read_contest_memory(registry).value() == full());
}

TEST_CASE("a memory that did not change is not written again, and of one that did only what changed") {
    MemoryRegistry registry;
    write(registry, {}, {});
    CHECK(registry.writes().empty());
    write(registry, {}, full());
    write(registry, full(), full());
    CHECK(registry.writes().empty());
    ContestMemory changed = full();
    changed.policy_right = false;
    changed.placed[{some, StoreName::root}] = {Placed::State::putting_back, later};
    write(registry, full(), changed);
    CHECK(registry.writes().size() == 2);
    CHECK(read_contest_memory(registry).value() == changed);
    write(registry, changed, {});
    CHECK(read_contest_memory(registry).value() == ContestMemory{});
}

TEST_CASE("what is garbled in the memory of contests reads as absent") {
    MemoryRegistry registry;
    set(registry, "PolicyRight", string_value("1"));
    set(registry, "PolicyOwner", string_value("somebody"));
    set(registry, "SettingsDigest", dword_value(1));
    set(registry, "Root " + to_string(some), string_value("putBack"));
    set(registry, "TrustedPublisher " + to_string(some), string_value("putBack yesterday"));
    set(registry, "Root " + to_string(other), string_value("inplace"));
    set(registry, "Disallowed " + to_string(other), string_value("inPlace"));
    set(registry, "Root 1234", string_value("inPlace"));
    set(registry, "", string_value("inPlace"));
    const std::string time = to_rfc3339(reference_time);
    for (const std::string& times :
         {std::string("now"), time + ",", time + ",,", time + "," + time + "," + time, time + ";" + time}) {
        INFO(times);
        set(registry, "PolicyTakenBack", string_value(times));
        const ContestMemory read = read_contest_memory(registry).value();
        CHECK(read.policy_reverted.size() <= (times == time + "," ? 1 : 0));
        CHECK(read.placed.empty());
        CHECK_FALSE(read.policy_right);
        CHECK_FALSE(read.policy_owner);
        CHECK(read.settings_digest.empty());
    }
}

TEST_CASE("a memory of contests that cannot be read or written is an error") {
    for (int call = 1; call <= 4; ++call) {
        MemoryRegistry registry;
        write(registry, {}, full());
        registry.fail_call(call, {ErrorCode::io, "told to fail"});
        CHECK_FALSE(read_contest_memory(registry));
    }
    MemoryRegistry registry;
    registry.fail_call(2, {ErrorCode::io, "told to fail"});
    CHECK_FALSE(write_contest_memory(registry, {}, full()));
    registry.fail_call(2, {ErrorCode::io, "told to fail"});
    CHECK_FALSE(write_contest_memory(registry, full(), {}));
}
