#include "agent/endpoint/hive_reader.h"

#include "agent/endpoint/hive_tree.h"
#include "agent/platform/file_tree.h"
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <hivex.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::size_t at_base = 4096;

std::uint32_t cell(std::size_t place) { return static_cast<std::uint32_t>(place - at_base); }

struct Value {
    std::string name;
    RegistryValue content;
    bool operator==(const Value&) const = default;
};

struct Key {
    std::string name;
    std::vector<Value> values;
    std::vector<Key> subkeys;
    bool operator==(const Key&) const = default;
};

constexpr const char* no_text = "(no text)";

Key read_with_reader(const HiveCells& cells, std::uint32_t at) {
    Key key{key_name_in(cells, at).value().value_or(no_text), {}, {}};
    const auto values = values_in(cells, at).value();
    for (const std::uint32_t value : values)
        key.values.push_back(
            {value_name_in(cells, value).value().value_or(no_text), value_in(cells, value).value()});
    const auto subkeys = subkeys_in(cells, at).value();
    for (const std::uint32_t subkey : subkeys) key.subkeys.push_back(read_with_reader(cells, subkey));
    return key;
}

struct Free {
    void operator()(void* memory) const { std::free(memory); } // NOLINT: comes from malloc()
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::string text(const Owned<char>& name, std::size_t length) {
    return name ? std::string(name.get(), length) : no_text;
}

Value value_by_libhivex(hive_h* hive, hive_value_h at) {
    hive_type type{};
    std::size_t length = 0;
    const Owned<char> data(hivex_value_value(hive, at, &type, &length));
    const Owned<char> name(hivex_value_key(hive, at));
    const ByteView bytes = data ? std::as_bytes(std::span(data.get(), length)) : ByteView{};
    std::uint32_t number = 0; // any, also one that the enumeration has no room for
    std::memcpy(&number, &type, sizeof number);
    return {text(name, hivex_value_key_len(hive, at)), {number, to_bytes(bytes)}};
}

Key read_with_libhivex(hive_h* hive, hive_node_h at) {
    const Owned<char> name(hivex_node_name(hive, at));
    Key key{text(name, hivex_node_name_len(hive, at)), {}, {}};
    const Owned<hive_value_h> values(hivex_node_values(hive, at));
    for (const hive_value_h* value = values.get(); *value != 0; ++value)
        key.values.push_back(value_by_libhivex(hive, *value));
    const Owned<hive_node_h> subkeys(hivex_node_children(hive, at));
    for (const hive_node_h* subkey = subkeys.get(); *subkey != 0; ++subkey)
        key.subkeys.push_back(read_with_libhivex(hive, *subkey));
    return key;
}

Key read_with_libhivex(const Bytes& hive) {
    const SampleImage image(hive);
    const std::unique_ptr<hive_h, decltype(&hivex_close)> opened(
        hivex_open(platform::name_for_libraries(image.hive).value().c_str(), 0), &hivex_close);
    REQUIRE(opened);
    return read_with_libhivex(opened.get(), hivex_root(opened.get()));
}

Key read_with_reader(const Bytes& hive) {
    const auto cells = check_hive(hive);
    REQUIRE(cells);
    return read_with_reader(*cells, cells->root());
}

HiveKey with_many_subkeys() {
    HiveKey root{"ROOT", {}, {{"Many", {}, {}}}};
    for (int i = 0; i < 1'200; ++i)
        root.subkeys.front().subkeys.push_back({"Key" + std::to_string(i), {}, {}});
    return root;
}

} // namespace

TEST_CASE("the reader finds in a hive what libhivex finds in it") {
    Bytes hive = sample_hive();
    SECTION("of all kinds of values") {}
    SECTION("names in Latin-1 beyond ASCII") {
        hive[value_cell(hive, "Dword") + 24] = std::byte{0xE9};
        hive[key_cell(hive, "Sample") + 80] = std::byte{0xC4};
    }
    SECTION("names in UTF-16, whole and with half a character") {
        hive[value_cell(hive, "Text") + 20] = std::byte{0};           // flags: not Latin-1
        const std::size_t stranger = value_cell(hive, "Strange") + 4; // seven bytes, which is no UTF-16
        hive[stranger + 16] = std::byte{0};
        const std::size_t lone = value_cell(hive, "Data") + 4;
        hive[lone + 16] = std::byte{0};
        hive[lone + 21] = std::byte{0xD8};
        hive[key_cell(hive, "Sample") + 4 + 2] = std::byte{0};
    }
    SECTION("names with a NUL inside") {
        hive[value_cell(hive, "Dword") + 24 + 2] = std::byte{0};
        const std::size_t wide = value_cell(hive, "Text") + 4; // T, NUL as two characters of UTF-16
        hive[wide + 16] = std::byte{0};
        hive[wide + 21] = std::byte{0};
        hive[wide + 22] = std::byte{0};
        hive[wide + 23] = std::byte{0};
    }
    SECTION("lists of sub-keys below an index") { hive = make_hive(with_many_subkeys(), 1, 3); }
    CHECK(read_with_reader(hive) == read_with_libhivex(hive));
}

TEST_CASE("a list that names the same value again and again is damaged before it costs anything") {
    constexpr std::size_t times = 2'000;
    const HiveKey root{"ROOT", {{std::string(60'000, 'n'), 4, Bytes(4)}, {"list", 3, Bytes(4 * times)}}, {}};
    Bytes hive = make_hive(root);
    const std::size_t key = key_cell(hive, "ROOT");
    const std::size_t values = at_base + *read_u32le(hive, key + 4 + 40);
    const std::uint32_t long_name = *read_u32le(hive, values + 4);
    const std::size_t list = at_base + *read_u32le(hive, value_cell(hive, "list") + 12);
    for (std::size_t i = 0; i < times; ++i) put_u32(hive, list + 4 + 4 * i, long_name);
    put_u32(hive, key + 4 + 36, times);
    put_u32(hive, key + 4 + 40, cell(list));
    const auto cells = check_hive(hive);
    REQUIRE(cells);
    const auto checked = check_hive_key(*cells, cells->root());
    REQUIRE(!checked);
    CHECK(checked.error().reason == ReasonCode::image_damaged);
    CHECK_THAT(checked.error().message, ContainsSubstring("more than the hive holds"));
}

TEST_CASE("sub-keys beyond their number are damaged at the first one too many") {
    Bytes hive = make_hive(with_many_subkeys());
    const std::size_t key = key_cell(hive, "Many");
    const auto damage = [&] {
        const auto cells = check_hive(hive);
        REQUIRE(cells);
        CHECK(!subkeys_in(*cells, cell(key)));
        const auto checked = check_hive_key(*cells, cell(key));
        REQUIRE(!checked);
        return checked.error().message;
    };
    SECTION("a number that the hive has no room for") {
        put_u32(hive, key + 4 + 20, 0x7FFF'FFFF);
        CHECK_THAT(damage(), ContainsSubstring("room"));
    }
    SECTION("an index that names its first list three times") {
        const std::size_t index = at_base + *read_u32le(hive, key + 4 + 28);
        for (const std::size_t next : {12U, 16U}) put_u32(hive, index + next, *read_u32le(hive, index + 8));
        CHECK_THAT(damage(), ContainsSubstring("more sub-keys than it says"));
    }
}

TEST_CASE("a value of more than eight million bytes is not read") {
    Bytes hive = sample_hive();
    const std::size_t value = value_cell(hive, "Data");
    put_u32(hive, value + 8, 8'000'001);
    const auto cells = check_hive(hive);
    REQUIRE(cells);
    CHECK(!value_in(*cells, cell(value)));
}

TEST_CASE("whatever stands in a hive and whatever cell is asked for, the reader answers or says that it is "
          "damaged") {
    for (int seed = 0; seed < 40; ++seed) {
        INFO("seed " << seed);
        std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
        Bytes hive = sample_hive();
        const auto cells = check_hive(hive); // what changes afterwards, changes under the mapping
        REQUIRE(cells);
        for (int changes = 0; changes < 2'000; ++changes)
            put_u32(
                hive, at_base + random() % ((hive.size() - at_base) / 4) * 4,
                static_cast<std::uint32_t>(random() % 3 == 0 ? random() : random() % hive.size() / 8 * 8));
        int answers = 0;
        for (std::uint32_t offset = 0; offset < hive.size() + 64; offset += 4) {
            const bool any = subkeys_in(*cells, offset) || values_in(*cells, offset) ||
                             key_name_in(*cells, offset) || value_name_in(*cells, offset) ||
                             value_in(*cells, offset);
            if (any) ++answers;
        }
        CHECK(answers < static_cast<int>(hive.size() / 4));
    }
}
