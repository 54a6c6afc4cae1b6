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
    }
    REQUIRE(erase_previous(registry));
    CHECK_FALSE(read(registry).previous);
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
    REQUIRE(erase_cache(registry));
    CHECK(list_cached(registry)->empty());
    CHECK_FALSE(registry.list(cache_key)->has_value());
}
