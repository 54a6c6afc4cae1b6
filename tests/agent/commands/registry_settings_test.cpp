#include "agent/commands/registry_settings.h"

#include "tests/support/memory_registry.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string policy(policy_settings_key);

void put(MemoryRegistry& registry, const std::string& key, std::string_view name,
         const RegistryValue& value) {
    REQUIRE(registry.set(key, name, value));
}

FlatLayer read(MemoryRegistry& registry) { return read_registry_layer(registry, Layer::machine_policy); }

// What the value Mode holds when the registry holds this.
FlatValue only(const RegistryValue& value) {
    MemoryRegistry registry;
    put(registry, policy, "Mode", value);
    const FlatLayer layer = read(registry);
    REQUIRE(layer.values.size() == 1);
    return layer.values.front();
}

RegistryValue text_of_bytes(const std::u16string& text) {
    RegistryValue value{.type = reg_sz, .data = {}};
    for (const char16_t unit : text) {
        value.data.push_back(static_cast<std::byte>(unit & 0xFFU));
        value.data.push_back(static_cast<std::byte>(unit >> 8U));
    }
    return value;
}

} // namespace

TEST_CASE("keys that are absent say nothing") {
    MemoryRegistry registry;
    for (const Layer layer : {Layer::machine_policy, Layer::installer}) {
        const FlatLayer read = read_registry_layer(registry, layer);
        CHECK(read.layer == layer);
        CHECK(read.values.empty());
        CHECK(read.failure.empty());
    }
}

TEST_CASE("values are read from the key of their layer and its sub-keys, with their full path") {
    MemoryRegistry registry;
    put(registry, policy, "Mode", string_value("audit"));
    put(registry, policy + "\\Fetch", "Timeout", string_value("5s"));
    put(registry, policy + "\\Certificates", "1", string_value("sha256=x"));
    put(registry, policy + "\\Policy", "OverrideOwner", dword_value(1));
    put(registry, std::string(installer_settings_key), "Mode", string_value("enforce"));
    put(registry, std::string(installer_settings_key), "CONFIG",
        string_value("C:\\agent.yaml")); // no setting
    const FlatLayer layer = read(registry);
    CHECK(layer.place == "HKLM\\SOFTWARE\\Policies\\WsusTrustAgent");
    CHECK_FALSE(layer.folder);
    CHECK(layer.values.size() == 4);
    const auto has = [&](const std::string& name, const decltype(FlatValue::content)& content) {
        return std::ranges::find(layer.values, FlatValue{name, layer.place + "\\" + name, content}) !=
               layer.values.end();
    };
    CHECK(has("Mode", "audit"));
    CHECK(has("Fetch\\Timeout", "5s"));
    CHECK(has("Certificates\\1", "sha256=x"));
    CHECK(has("Policy\\OverrideOwner", 1U));
    const FlatLayer defaults = read_registry_layer(registry, Layer::installer);
    REQUIRE(defaults.values.size() == 1);
    CHECK(defaults.values[0].place == "HKLM\\SOFTWARE\\WsusTrustAgent\\Defaults\\Mode");
    CHECK(registry.writes().size() == 6); // those above
}

TEST_CASE("values come in one order, whatever the order of the registry, and certificates in that of their "
          "numbers") {
    MemoryRegistry registry;
    for (const char* name : {"10", "9", "1", "2"})
        put(registry, policy + "\\Certificates", name, string_value("x"));
    put(registry, policy, "OnlyWithWsus", dword_value(1));
    put(registry, policy, "Mode", string_value("audit"));
    std::vector<std::string> names;
    for (const FlatValue& value : read(registry).values) names.push_back(value.name);
    CHECK(names == std::vector<std::string>{"Mode", "OnlyWithWsus", "Certificates\\1", "Certificates\\2",
                                            "Certificates\\9", "Certificates\\10"});
}

TEST_CASE("a value is text, a number, or told as what it is") {
    CHECK(std::get<std::string>(only(string_value("audit")).content) == "audit");
    CHECK(std::get<std::string>(only(text_of_bytes(u"audit")).content) == "audit"); // without an end
    CHECK(std::get<std::string>(only(text_of_bytes(std::u16string(u"audit\0\0\0", 8))).content) == "audit");
    CHECK(std::get<std::uint32_t>(only(dword_value(7)).content) == 7);
    const auto unusable = [](const RegistryValue& value) {
        return std::get<UnusableValue>(only(value).content).what;
    };
    CHECK_THAT(unusable(text_of_bytes(std::u16string(u"audit\0x", 7))), ContainsSubstring("not one text"));
    CHECK_THAT(unusable({.type = reg_sz, .data = Bytes(3)}), ContainsSubstring("not one text"));
    CHECK_THAT(unusable(text_of_bytes(u"\xD800")), ContainsSubstring("not one text"));
    CHECK(unusable(binary_value(Bytes(4))) == "REG_BINARY, 4 bytes");
    CHECK(unusable({.type = 2, .data = string_value("audit").data}) == "REG_EXPAND_SZ, 12 bytes");
    CHECK(unusable({.type = reg_dword, .data = Bytes(3)}) == "REG_DWORD, 3 bytes");
    CHECK(unusable({.type = 4'711, .data = {}}) == "type 4711, 0 bytes");
}

TEST_CASE("names that no setting has are told, and what they hold is not read") {
    MemoryRegistry registry;
    put(registry, policy, "Unknown", binary_value(Bytes(2 << 20)));
    put(registry, policy + "\\Other", "Mode", string_value("audit"));
    put(registry, policy + "\\Fetch\\Deeper", "Timeout", string_value("5s"));
    put(registry, policy + "\\Certificates\\Deeper", "1", string_value("x"));
    const FlatLayer layer = read(registry);
    CHECK(layer.failure.empty());
    std::vector<std::string> names;
    for (const FlatValue& value : layer.values) {
        names.push_back(value.name);
        CHECK(std::holds_alternative<UnusableValue>(value.content));
    }
    std::ranges::sort(names);
    CHECK(names == std::vector<std::string>{"Certificates\\Deeper", "Fetch\\Deeper", "Other", "Unknown"});
    const SettingsLayer read = read_flat_settings(layer);
    CHECK(read.problems.size() == 1); // about certificates
    CHECK(read.ignored.size() == 3);
}

TEST_CASE("settings of a group in a group are values of a key in a key, and nothing deeper is read") {
    MemoryRegistry registry;
    put(registry, policy + "\\Report\\Https", "Url", string_value("https://x/"));
    put(registry, policy + "\\report\\HTTPS", "TokenFile", string_value("C:\\token.txt"));
    put(registry, policy + "\\Report\\Https\\Url\\Deeper", "Url", string_value("x"));
    put(registry, policy + "\\Report\\Mail", "To", string_value("x"));
    std::vector<std::string> names;
    for (const FlatValue& value : read(registry).values) names.push_back(value.name);
    std::ranges::sort(names);
    CHECK(names == std::vector<std::string>{"Report\\Https\\TokenFile", "Report\\Https\\Url",
                                            "Report\\Https\\Url", "Report\\Mail"});
}

TEST_CASE("more than a mebibyte of values is not read") {
    MemoryRegistry registry;
    const std::string large(200'000, 'x'); // twice as many bytes
    put(registry, policy + "\\Certificates", "1", string_value(large));
    put(registry, policy + "\\Certificates", "2", string_value(large));
    CHECK(read(registry).failure.empty());
    put(registry, policy + "\\Certificates", "3", string_value(large));
    const FlatLayer layer = read(registry);
    CHECK(layer.values.empty());
    CHECK_THAT(layer.failure, ContainsSubstring("1 MiB"));
}

TEST_CASE("more values than certificates may be are not read, whatever they are called") {
    MemoryRegistry registry;
    for (int i = 0; i < 11'001; ++i) put(registry, policy, "N" + std::to_string(i), dword_value(0));
    CHECK_THAT(read(registry).failure, ContainsSubstring("more than 11,000 values"));
}

TEST_CASE("a call of the registry that fails is a failure of the layer, whichever it is") {
    MemoryRegistry registry;
    put(registry, policy, "Mode", string_value("audit"));
    put(registry, policy + "\\Fetch", "Timeout", string_value("5s"));
    const int before = registry.calls();
    static_cast<void>(read(registry));
    const int calls = registry.calls() - before;
    CHECK(calls == 4);
    for (int n = 1; n <= calls; ++n) {
        registry.fail_call(n, {ErrorCode::access_denied, "no right"});
        const FlatLayer layer = read(registry);
        CHECK(layer.values.empty());
        CHECK_THAT(layer.failure, ContainsSubstring("no right"));
        CHECK(read_flat_settings(layer).problems.size() == 1);
    }
    CHECK(read(registry).failure.empty());
}
