#include "agent/resident/recording_registry.h"

#include "common/trust/observed_state.h"
#include "tests/support/memory_registry.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace wta;
using namespace wta::test;

TEST_CASE("every key that is read is remembered once, whether it exists, however it is spelled") {
    MemoryRegistry memory;
    REQUIRE(memory.set("Microsoft\\There", "x", dword_value(1)));
    RecordingRegistry registry(memory);
    CHECK(registry.get("Microsoft\\There", "x").value() == dword_value(1));
    CHECK(registry.get("microsoft\\THERE", "y").value() == std::nullopt);
    CHECK(registry.list("Microsoft\\Missing\\").value() == std::nullopt);
    CHECK(registry.recorded() == std::vector<std::string>{"Microsoft\\Missing", "Microsoft\\There"});
}

TEST_CASE("a key that could not be read is remembered") {
    MemoryRegistry memory;
    memory.fail_call(1, Error{.code = ErrorCode::access_denied, .message = "no"});
    RecordingRegistry registry(memory);
    CHECK_FALSE(registry.get("Microsoft\\Closed", "x"));
    CHECK(registry.recorded() == std::vector<std::string>{"Microsoft\\Closed"});
}

TEST_CASE("writes reach the registry and are not remembered") {
    MemoryRegistry memory;
    RecordingRegistry registry(memory);
    CHECK(registry.set("A\\B", "x", dword_value(1)));
    CHECK(registry.erase("A\\B", "x"));
    CHECK(registry.erase_key("A\\B"));
    CHECK(memory.writes().size() == 3);
    CHECK(registry.recorded().empty());
}

TEST_CASE("an observation is remembered in full: all stores in all places, the policy, the identity") {
    MemoryRegistry memory;
    RecordingRegistry registry(memory);
    REQUIRE(observe(registry));
    const std::vector<std::string> recorded = registry.recorded();
    for (const StoreName store : all_stores)
        for (const Location location : all_locations)
            CHECK(std::ranges::count(recorded, certificates_key(store, location)) == 1);
    CHECK(std::ranges::count(recorded, std::string(policy_key)) == 1);
    CHECK(std::ranges::count(recorded, "Microsoft\\Cryptography") == 1);
}
