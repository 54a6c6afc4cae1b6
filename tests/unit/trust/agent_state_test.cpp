#include "common/trust/agent_state.h"

#include "common/trust/observed_state.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/memory_registry.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

AgentState read(test::MemoryRegistry& registry) {
    auto state = read_agent_state(registry, {});
    REQUIRE(state);
    return *state;
}

} // namespace

TEST_CASE("the policy value before us is kept with its type, and that there was none is kept too") {
    test::MemoryRegistry registry;
    CHECK_FALSE(read(registry).previous);
    for (const std::optional<RegistryValue>& value :
         {std::optional(dword_value(0)), std::optional(string_value("1")),
          std::optional(RegistryValue{reg_qword, Bytes(8)}), std::optional<RegistryValue>(),
          std::optional(dword_value(5))}) {
        REQUIRE(write_previous(registry, {value}));
        CHECK(read(registry).previous == PreviousPolicy{value});
        CHECK(registry.get(previous_key, "PolicyValueWasAbsent")->has_value() == !value);
    }
    REQUIRE(erase_previous(registry));
    CHECK_FALSE(read(registry).previous);
    REQUIRE(registry.set(previous_key, "PolicyValueWasAbsent", string_value("1")));
    CHECK_FALSE(read(registry).previous);
}

TEST_CASE("a policy value too large to be one is not kept") {
    test::MemoryRegistry registry;
    REQUIRE(write_previous(registry, {binary_value(Bytes(max_previous_value))}));
    CHECK(read(registry).previous == PreviousPolicy{binary_value(Bytes(max_previous_value))});
    REQUIRE(write_previous(registry, {binary_value(Bytes(max_previous_value + 1))}));
    CHECK(read(registry).previous == PreviousPolicy{});
}

TEST_CASE("keys that nest without end below the agent's own are left alone") {
    test::MemoryRegistry registry;
    std::string key(previous_key);
    for (int i = 0; i < 100; ++i) key += "\\x";
    REQUIRE(registry.set(key, "v", dword_value(1)));
    CHECK_FALSE(erase_previous(registry));
}

TEST_CASE("a previous policy value larger than any policy writes is a forgery and not read") {
    test::MemoryRegistry registry;
    const auto remembered = [&registry](std::size_t size) {
        const RegistryValue value{.type = reg_binary, .data = Bytes(size)};
        REQUIRE(registry.set(previous_key, policy_value_name, value));
        return read(registry).previous;
    };
    CHECK(remembered(max_previous_value).has_value());
    CHECK_FALSE(remembered(max_previous_value + 1).has_value());
}

TEST_CASE("only keys of the fixed list are remembered as created") {
    test::MemoryRegistry registry;
    const std::string known = undoable_keys().front();
    REQUIRE(write_created_keys(registry, {known, "Microsoft", R"(Microsoft\Windows NT)", known + "X"}));
    CHECK(read(registry).created_keys == std::vector{known});
}

TEST_CASE("the keys that undo may remove come deepest first and none is right below SOFTWARE") {
    const auto& keys = undoable_keys();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        CHECK(keys[i].find('\\') != std::string::npos);
        for (std::size_t j = i + 1; j < keys.size(); ++j) CHECK_FALSE(keys[j].starts_with(keys[i] + "\\"));
    }
}

TEST_CASE("a cached certificate counts only when it hashes to the pin that asks for it") {
    test::MemoryRegistry registry;
    const Bytes der = test::self_signed();
    const Sha256 pin = sha256_of(der);
    REQUIRE(write_cached(registry, pin, {der, "\"1\""}));
    CHECK(**read_cached(registry, pin) == CachedCertificate{der, "\"1\""});
    CHECK(*list_cached(registry) == std::vector{pin});
    REQUIRE(write_cached(registry, pin, {der, std::nullopt}));
    CHECK(**read_cached(registry, pin) == CachedCertificate{der, std::nullopt});

    Bytes other = der;
    other[100] ^= std::byte{1};
    REQUIRE(write_cached(registry, pin, {other, std::nullopt}));
    CHECK_FALSE(read_cached(registry, pin)->has_value());
    REQUIRE(registry.set(std::string(cache_key) + "\\" + to_string(pin), "Certificate",
                         RegistryValue{reg_sz, der}));
    CHECK_FALSE(read_cached(registry, pin)->has_value());
    REQUIRE(erase_cache(registry));
    CHECK(list_cached(registry)->empty());
    CHECK_FALSE(registry.list(cache_key)->has_value());
}

TEST_CASE(
    "a state that cannot be read is an error, not a lost one: undo would forget the policy value before it") {
    test::MemoryRegistry good;
    const Identity identity{.machine_guid = "guid", .computer_name = "PC-1"};
    REQUIRE(write_previous(good, {dword_value(0)}));
    REQUIRE(good.set(status_key, "LastLookUtc", string_value("2026-01-01T00:00:00Z")));
    const int before = good.calls();
    REQUIRE(read_agent_state(good, identity));
    for (int n = 1; n <= good.calls() - before; ++n) {
        for (const bool absent : {false, true}) {
            test::MemoryRegistry registry;
            if (!absent) registry.restore(good.contents());
            registry.fail_call(n, {.code = ErrorCode::access_denied, .message = "told to fail"});
            INFO("call " << n);
            const auto state = read_agent_state(registry, identity);
            REQUIRE_FALSE(state);
            CHECK(state.error().code == ErrorCode::access_denied);
        }
    }
}

TEST_CASE("a cache that cannot be read is an error, and names in it that are no digest are none") {
    test::MemoryRegistry registry;
    const Bytes der = test::self_signed();
    const Sha256 pin = sha256_of(der);
    REQUIRE(write_cached(registry, pin, {der, "\"1\""}));
    REQUIRE(registry.set(std::string(cache_key) + "\\not a digest", "Certificate", binary_value(der)));
    CHECK(*list_cached(registry) == std::vector{pin});
    for (int n = 1; n <= 2; ++n) {
        registry.fail_call(n, {.code = ErrorCode::io, .message = "told to fail"});
        CHECK(read_cached(registry, pin).error().code == ErrorCode::io);
    }
    registry.fail_call(1, {.code = ErrorCode::io, .message = "told to fail"});
    CHECK(list_cached(registry).error().code == ErrorCode::io);
}

TEST_CASE("keys below the state that nest too deep are not followed without end") {
    test::MemoryRegistry registry;
    std::string key(cache_key);
    for (int depth = 0; depth < 70; ++depth) key += "\\n";
    REQUIRE(registry.set(key, "x", dword_value(1)));
    const auto erased = erase_cache(registry);
    REQUIRE_FALSE(erased);
    CHECK(erased.error().code == ErrorCode::invalid);
}

TEST_CASE("that there was no policy value is remembered by a DWORD of 1 and by nothing else") {
    for (const RegistryValue& value :
         {dword_value(0), dword_value(2), string_value("1"), binary_value(Bytes(4))}) {
        test::MemoryRegistry registry;
        REQUIRE(registry.set(previous_key, "PolicyValueWasAbsent", value));
        CHECK_FALSE(read(registry).previous);
    }
}

TEST_CASE("another computer name is a clone as another MachineGuid is, and an empty one is neither") {
    test::MemoryRegistry registry;
    REQUIRE(registry.set(status_key, "MachineGuid", string_value("guid")));
    REQUIRE(registry.set(status_key, "ComputerName", string_value("PC-1")));
    CHECK_FALSE(*is_clone(registry, {"guid", "PC-1"}));
    CHECK_FALSE(*is_clone(registry, {"guid", ""}));
    CHECK(*is_clone(registry, {"guid", "PC-2"}));
    CHECK(*is_clone(registry, {"other", "PC-1"}));
    CHECK(*is_clone(registry, {"other", ""}));
    REQUIRE(registry.set(status_key, "MachineGuid", string_value("")));
    REQUIRE(registry.set(status_key, "ComputerName", string_value("")));
    CHECK_FALSE(*is_clone(registry, {"other", "PC-2"}));
}
