#include "agent/endpoint/live_registry.h"

#include "agent/platform/windows/wide.h"
#include "tests/support/scratch_machine.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <windows.h>

using namespace wta;
using namespace wta::test;

namespace {

const std::string key = "Microsoft\\Sample";

LiveRegistry writable(const ScratchMachine& machine) {
    return LiveRegistry(machine.root(), LiveWrites::everything);
}

} // namespace

TEST_CASE("text keeps its bytes, also when it ends without a terminator or in the middle of a character") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    const std::uint32_t type = GENERATE(1U, 2U, 7U); // REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ
    const std::size_t size = GENERATE(Catch::Generators::range(1U, 9U));
    const RegistryValue value{type, Bytes(size, std::byte{'x'})};
    INFO("type " << type << ", " << size << " bytes");
    REQUIRE(registry.set(key, "Text", value));
    CHECK(registry.get(key, "Text").value() == value);
}

TEST_CASE("a value larger than any buffer comes back whole") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    const RegistryValue value = binary_value(Bytes(1024 * 1024 + 1, std::byte{0x77}));
    REQUIRE(registry.set(key, "Large", value));
    CHECK(registry.get(key, "Large").value() == value);
}

TEST_CASE("a value beyond 64 MiB is neither written nor asked for") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    const RegistryValue value = binary_value(Bytes(64 * 1024 * 1024 + 1));
    CHECK(registry.set(key, "Huge", value).error().code == ErrorCode::too_large);
    CHECK(registry.list(key).value() == std::nullopt);
    REQUIRE(::RegSetKeyValueW(HKEY_CURRENT_USER, platform::to_wide(machine.root().path).c_str(), L"Huge",
                              REG_BINARY, value.data.data(),
                              static_cast<DWORD>(value.data.size())) == ERROR_SUCCESS);
    CHECK(registry.get("", "Huge").error().code == ErrorCode::unusable);
}

TEST_CASE("the longest names that Windows has are read, written and listed") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    const std::string long_key = key + "\\" + std::string(255, 'k');
    const std::string long_value(16'383, 'v');
    REQUIRE(registry.set(long_key, long_value, dword_value(1)));
    CHECK(registry.get(long_key, long_value).value() == dword_value(1));
    CHECK(registry.list(key).value() == KeyListing{{std::string(255, 'k')}, {}});
    CHECK(registry.list(long_key).value() == KeyListing{{}, {long_value}});
}

TEST_CASE("names beyond ASCII are the same text on both sides") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    REQUIRE(registry.set(key + "\\Zürich", "名前 😀", string_value("é")));
    CHECK(registry.list(key).value() == KeyListing{{"Zürich"}, {}});
    CHECK(registry.list(key + "\\Zürich").value() == KeyListing{{}, {"名前 😀"}});
    CHECK(registry.get(key + "\\Zürich", "名前 😀").value() == string_value("é"));
}

TEST_CASE("a name that Windows cannot have is absent, and is not taken for a shorter one") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    REQUIRE(registry.set(key, "ab", dword_value(1)));
    REQUIRE(registry.set(key + "\\ab", "x", dword_value(1)));
    const std::string name =
        GENERATE(std::string("ab\0c", 4), std::string("ab\xFF"), std::string(16'384, 'v'));
    CHECK(registry.get(key, name).value() == std::nullopt);
    CHECK(registry.get(key + "\\" + name, "x").value() == std::nullopt);
    CHECK(registry.list(key + "\\" + name).value() == std::nullopt);
    CHECK(registry.set(key, name, dword_value(2)).error().code == ErrorCode::invalid);
    CHECK(registry.set(key + "\\" + name, "x", dword_value(2)).error().code == ErrorCode::invalid);
    CHECK(registry.erase(key, name));
    CHECK(registry.erase_key(key + "\\" + name));
    CHECK(registry.get(key, "ab").value() == dword_value(1));
    CHECK(registry.list(key).value() == KeyListing{{"ab"}, {"ab"}});
}

TEST_CASE("a key's name of 256 characters is one too long") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    const std::string too_long = key + "\\" + std::string(256, 'k');
    CHECK(registry.set(too_long, "x", dword_value(1)).error().code == ErrorCode::invalid);
    CHECK(registry.list(too_long).value() == std::nullopt);
}

TEST_CASE("a key that somebody removes between two values is created again") {
    const ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    REQUIRE(registry.set(key, "First", dword_value(1)));
    REQUIRE(writable(machine).erase_key(key));
    REQUIRE(registry.set(key, "Second", dword_value(2)));
    CHECK(registry.list(key).value() == KeyListing{{}, {"Second"}});
}

TEST_CASE("a key that becomes a symbolic link between two values is not written through") {
    ScratchMachine machine;
    LiveRegistry registry = writable(machine);
    REQUIRE(writable(machine).set("Target", "x", dword_value(1)));
    REQUIRE(registry.set(key, "First", dword_value(1)));
    REQUIRE(writable(machine).erase_key(key));
    machine.link(key, "Target");
    CHECK(registry.set(key, "Second", dword_value(2)).error().code == ErrorCode::unusable);
    CHECK(registry.list("Target").value() == KeyListing{{}, {"x"}});
}

TEST_CASE("through a registry of a look only the agent's own key can be written") {
    const ScratchMachine machine;
    LiveRegistry registry(machine.root(), LiveWrites::own_key);
    CHECK(registry.set("WsusTrustAgent\\Status", "x", dword_value(1)));
    CHECK(registry.set("\\wsustrustagent", "x", dword_value(1)));
    for (const std::string other : {"", "Microsoft", "WsusTrustAgent2", "WsusTrustAgentx\\Status"}) {
        INFO(other);
        CHECK(registry.set(other, "x", dword_value(1)).error().code == ErrorCode::access_denied);
        CHECK(registry.erase(other, "x").error().code == ErrorCode::access_denied);
        CHECK(registry.erase_key(other).error().code == ErrorCode::access_denied);
    }
    CHECK(registry.list("").value()->subkeys ==
          std::vector<std::string>{"Microsoft", "Policies", "WsusTrustAgent"});
}

TEST_CASE("a root that is not there is absent to a reader and an error to a writer") {
    const ScratchMachine machine;
    LiveRegistry registry({LiveRoot::Hive::current_user, machine.root().path + "\\Nowhere"},
                          LiveWrites::everything);
    CHECK(registry.list("").value() == std::nullopt);
    CHECK(registry.get("A", "x").value() == std::nullopt);
    CHECK(!registry.set("A", "x", dword_value(1)));
    CHECK(registry.list("").value() == std::nullopt);
}
