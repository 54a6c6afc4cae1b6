#include "agent/endpoint/hive_check.h"
#include "agent/endpoint/hive_tree.h"
#include "agent/endpoint/image_file.h"

#include "tests/support/sample_hive.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::uint32_t at_base = 4096;

std::string damage_of(const Bytes& hive) {
    const auto checked = check_hive(hive);
    if (checked) return "none";
    REQUIRE(checked.error().code == ErrorCode::unusable);
    REQUIRE(checked.error().reason == ReasonCode::image_damaged);
    return checked.error().message;
}

std::string tree_damage_of(const Bytes& hive) {
    const auto cells = check_hive(hive);
    REQUIRE(cells);
    const auto tree = check_hive_tree(*cells);
    if (tree) return "none";
    REQUIRE(tree.error().reason == ReasonCode::image_damaged);
    return tree.error().message;
}

std::string key_damage_of(const Bytes& hive, std::size_t key) {
    const auto cells = check_hive(hive);
    REQUIRE(cells);
    const auto checked = check_hive_key(*cells, static_cast<std::uint32_t>(key - at_base));
    return checked ? "none" : checked.error().message;
}

std::uint32_t cell(std::size_t place) { return static_cast<std::uint32_t>(place - at_base); }

HiveTree tree_of(const Bytes& hive) {
    const auto cells = check_hive(hive);
    REQUIRE(cells);
    auto tree = check_hive_tree(*cells);
    REQUIRE(tree);
    return *std::move(tree);
}

} // namespace

TEST_CASE("a whole, clean hive passes") {
    const Bytes hive = sample_hive();
    const auto cells = check_hive(hive);
    REQUIRE(cells);
    CHECK(cells->sequence() == sample_sequence);
    CHECK(check_hive_tree(*cells).value().keys == 18);
    CHECK(damage_of(make_hive({"ROOT", {}, {}})) == "none");
    CHECK(make_hive({"ROOT", {}, {}}).size() == 8192);
}

TEST_CASE("a hive cut at any length is damaged") {
    const Bytes hive = sample_hive();
    for (std::size_t size = 0; size < hive.size(); size += size < 5000 ? 1 : 97) {
        INFO(size);
        CHECK(damage_of(Bytes(hive.begin(), hive.begin() + static_cast<std::ptrdiff_t>(size))) != "none");
    }
    const Bytes cut(hive.begin(), hive.end() - 4096);
    CHECK_THAT(damage_of(cut),
               ContainsSubstring("truncated") && ContainsSubstring(std::to_string(cut.size())));
}

TEST_CASE("bytes behind the last hive bin do not matter") {
    Bytes hive = sample_hive();
    hive.resize(hive.size() + 5000, std::byte{0xAA});
    CHECK(damage_of(hive) == "none");
}

TEST_CASE("any changed byte of the checked part of the base block is noticed") {
    const Bytes whole = sample_hive();
    for (std::size_t offset = 0; offset < 512; ++offset) {
        Bytes hive = whole;
        hive[offset] ^= std::byte{0x41};
        INFO(offset);
        CHECK(!check_hive(hive));
    }
}

TEST_CASE("a base block that makes no sense is damaged even with a right checksum") {
    const auto [offset, value, says] = GENERATE(table<std::size_t, std::uint32_t, std::string>({
        {0, 0x66676572 + 1, "regf"},
        {20, 2, "version is 2.5"},
        {24, 2, "version is 1.2"},
        {24, 7, "version is 1.7"},
        {28, 1, "transaction log"},
        {36, 0, "root key"},
        {36, 0xFFFFFFFF, "root key"},
        {36, 0x24, "root key"},
        {40, 0, "impossible size"},
        {40, 4097, "impossible size"},
        {40, 0xFFFFF000, "truncated"},
    }));
    Bytes hive = sample_hive();
    put_u32(hive, offset, value);
    seal_base_block(hive);
    CHECK_THAT(damage_of(hive), ContainsSubstring(says));
}

TEST_CASE("a hive that was not closed properly is dirty and the message says the cure") {
    Bytes hive = sample_hive();
    put_u32(hive, 4, sample_sequence + 1);
    seal_base_block(hive);
    const auto checked = check_hive(hive);
    REQUIRE(!checked);
    CHECK(checked.error().reason == ReasonCode::image_dirty);
    CHECK(checked.error().code == ErrorCode::unusable);
    CHECK_THAT(checked.error().message,
               ContainsSubstring("10") && ContainsSubstring("11") && ContainsSubstring("shutdown /s"));
}

TEST_CASE("hive bins and cells must follow each other without a gap") {
    Bytes hive = sample_hive();
    SECTION("bin without a signature") {
        hive[4096] = std::byte{'x'};
        CHECK_THAT(damage_of(hive), ContainsSubstring("signature"));
    }
    SECTION("bin at another offset") {
        put_u32(hive, 4096 + 4, 4096);
        CHECK_THAT(damage_of(hive), ContainsSubstring("offset"));
    }
    SECTION("bin of an impossible size") {
        const std::uint32_t size = GENERATE(0U, 32U, 4097U, 0x10000000U, 0xFFFFF000U);
        put_u32(hive, 4096 + 8, size);
        CHECK_THAT(damage_of(hive), ContainsSubstring("impossible size"));
    }
    SECTION("cell of an impossible size") {
        const std::uint32_t size = GENERATE(0U, 4U, 12U, 0x80000000U, 0x7FFFFFF8U, 0xFFFFFFFCU, 0xFFFFFFFFU);
        put_u32(hive, key_cell(hive, "Sample"), size);
        CHECK_THAT(damage_of(hive), ContainsSubstring("impossible size"));
    }
    SECTION("cells that fill their bin, but not in steps of eight bytes") {
        const Bytes small = make_hive({"ROOT", {}, {}});
        std::size_t cell = 4096 + 32;
        while ((*read_u32le(small, cell) & 0x80000000U) != 0) cell += ~*read_u32le(small, cell) + 1U;
        const std::uint32_t rest = *read_u32le(small, cell);
        hive = small;
        put_u32(hive, cell, 12);
        put_u32(hive, cell + 12, rest - 12);
        CHECK_THAT(damage_of(hive), ContainsSubstring("impossible size"));
    }
    SECTION("root key that is free") {
        const std::size_t root = key_cell(hive, "ROOT");
        put_u32(hive, root, ~*read_u32le(hive, root) + 1U);
        CHECK_THAT(damage_of(hive), ContainsSubstring("root key"));
    }
}

TEST_CASE("a cell that grows while the hive is mapped is not read beyond its end") {
    Bytes hive = sample_hive();
    const auto cells = check_hive(hive);
    REQUIRE(cells);
    const std::size_t key = key_cell(hive, "Sample");
    REQUIRE(cells->content(cell(key)));
    const std::uint32_t size = GENERATE(0U, 4U, 0x80000000U);
    put_u32(hive, key, size == 0 ? ~static_cast<std::uint32_t>(hive.size()) + 1U : size);
    CHECK_FALSE(cells->content(cell(key)));
}

TEST_CASE("only a log entry above the hive's sequence number makes it dirty") {
    CHECK(log_is_newer(log_with_entries({sample_sequence + 1}), sample_sequence));
    CHECK(log_is_newer(log_with_entries({sample_sequence - 1, sample_sequence, sample_sequence + 1}),
                       sample_sequence));
    CHECK_FALSE(log_is_newer(log_with_entries({sample_sequence}), sample_sequence));
    CHECK_FALSE(log_is_newer(log_with_entries({8, 9, 10, 3, 4}), sample_sequence));
    CHECK_FALSE(log_is_newer(log_with_entries({}), sample_sequence));
}

TEST_CASE("only an old log with dirty pages and a higher sequence number makes a hive dirty") {
    CHECK(log_is_newer(log_with_dirty_pages(sample_sequence + 1, true), sample_sequence));
    CHECK_FALSE(log_is_newer(log_with_dirty_pages(sample_sequence + 1, false), sample_sequence));
    CHECK_FALSE(log_is_newer(log_with_dirty_pages(sample_sequence, true), sample_sequence));
    CHECK_FALSE(log_is_newer(log_with_dirty_pages(sample_sequence - 1, true), sample_sequence));
}

TEST_CASE("a log that is empty, foreign, cut or of impossible entries is none") {
    CHECK_FALSE(log_is_newer({}, 1));
    CHECK_FALSE(log_is_newer(Bytes(100'000, std::byte{0xFF}), 1));
    Bytes log = log_with_entries({sample_sequence, sample_sequence + 1});
    CHECK_FALSE(log_is_newer(ByteView(log).first(512), sample_sequence));
    CHECK_FALSE(log_is_newer(ByteView(log).first(512 + 39), sample_sequence));
    CHECK_FALSE(log_is_newer(ByteView(log).first(512 + 1023), sample_sequence));
    for (const std::uint32_t size : {0U, 511U, 0xFFFFFE00U, 0xFFFFFFFFU}) {
        put_u32(log, 512 + 4, size);
        CHECK_FALSE(log_is_newer(log, sample_sequence));
    }
}

TEST_CASE("two items that share a cell make a hive unfit for writing") {
    Bytes hive = sample_hive();
    const std::size_t text = value_cell(hive, "Text");
    const std::size_t strange = value_cell(hive, "Strange");
    SECTION("two values share their data") {
        put_u32(hive, strange + 12, *read_u32le(hive, text + 12));
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("shared"));
    }
    SECTION("a value's data is a key") {
        put_u32(hive, text + 12, cell(key_cell(hive, "Classes")));
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("shared"));
    }
    SECTION("two keys share their list of values") {
        const std::size_t other = key_cell(hive, "CurrentVersion");
        put_u32(hive, other + 4 + 36, 1);
        put_u32(hive, other + 4 + 40, *read_u32le(hive, key_cell(hive, "Sample") + 4 + 40));
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("shared"));
    }
    SECTION("two keys share their list of sub-keys") {
        const std::size_t leaf = key_cell(hive, ".txt");
        put_u32(hive, leaf + 4 + 20, 1);
        put_u32(hive, leaf + 4 + 28, *read_u32le(hive, key_cell(hive, "Windows NT") + 4 + 28));
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("shared") || ContainsSubstring("parent"));
    }
    SECTION("a key is its own descendant") {
        const std::uint32_t list = *read_u32le(hive, key_cell(hive, "Windows NT") + 4 + 28);
        put_u32(hive, at_base + list + 8, cell(key_cell(hive, "Windows NT")));
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("shared"));
    }
    SECTION("a class name is the security descriptor") {
        const std::size_t key = key_cell(hive, "Sample");
        put_u32(hive, key + 4 + 48, *read_u32le(hive, key + 4 + 44));
        hive[key + 4 + 74] = std::byte{2};
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("shared"));
    }
}

TEST_CASE("a key whose parts are missing, cut or of another kind is damaged, for reading and for writing") {
    Bytes hive = sample_hive();
    const std::size_t key = key_cell(hive, "Sample");
    const std::size_t text = value_cell(hive, "Text");
    const std::uint32_t subkeys = *read_u32le(hive, key_cell(hive, "Windows NT") + 4 + 28);
    const auto spoil = [&](std::size_t place, std::uint32_t number) { put_u32(hive, place, number); };
    std::size_t looked_at = key;
    SECTION("list of values nowhere") { spoil(key + 4 + 40, 0xFFFFFFF0); }
    SECTION("list of values in the middle of a cell") {
        spoil(key + 4 + 40, *read_u32le(hive, key + 4 + 40) + 8);
    }
    SECTION("more values than the list holds") { spoil(key + 4 + 36, 0x40000000); }
    SECTION("a value that is none") { spoil(text + 4, 0); }
    SECTION("a value's name cut") { spoil(text + 4, 0xFFFF0000U | ('k' << 8U) | 'v'); }
    SECTION("data nowhere") { spoil(text + 12, 0x7FFFFFF8); }
    SECTION("data that is free") {
        const std::size_t data = at_base + *read_u32le(hive, text + 12);
        spoil(data, ~*read_u32le(hive, data) + 1U);
    }
    SECTION("data cut") { spoil(text + 8, 16'000); }
    SECTION("data in place of impossible length") { spoil(text + 8, 0x80000005); }
    SECTION("security descriptor nowhere") { spoil(key + 4 + 44, 0x12345678); }
    SECTION("security descriptor of another kind") { spoil(key + 4 + 44, cell(text)); }
    SECTION("security descriptor cut") { spoil(at_base + *read_u32le(hive, key + 4 + 44) + 4 + 16, 0x10000); }
    SECTION("class name nowhere") {
        spoil(key + 4 + 48, 0x7FFFFFF8);
        hive[key + 4 + 74] = std::byte{2};
    }
    SECTION("class name cut") {
        spoil(key + 4 + 48, *read_u32le(hive, key + 4 + 40));
        hive[key + 4 + 74] = std::byte{0xFF};
        hive[key + 4 + 75] = std::byte{0xFF};
    }
    SECTION("a key that is none") { hive[key + 4] = std::byte{'x'}; }
    SECTION("the key's name cut") { spoil(key + 4 + 72, 0xFFFF); }
    SECTION("list of sub-keys of no kind") {
        spoil(at_base + subkeys + 4, 0x10000U | ('x' << 8U) | 'l');
        looked_at = key_cell(hive, "Windows NT");
    }
    SECTION("empty list of sub-keys") {
        spoil(at_base + subkeys + 4, ('h' << 8U) | 'l');
        looked_at = key_cell(hive, "Windows NT");
    }
    SECTION("list of sub-keys cut") {
        spoil(at_base + subkeys + 4, 0xFFFF0000U | ('h' << 8U) | 'l');
        looked_at = key_cell(hive, "Windows NT");
    }
    SECTION("another number of sub-keys") {
        looked_at = key_cell(hive, "Windows NT");
        spoil(looked_at + 4 + 20, 2);
    }
    SECTION("a sub-key that is none") {
        looked_at = key_cell(hive, "Windows NT");
        spoil(at_base + subkeys + 8, cell(text));
    }
    SECTION("an index of an index") {
        looked_at = key_cell(hive, "Windows NT");
        spoil(at_base + subkeys + 4, 0x10000U | ('i' << 8U) | 'r');
        spoil(at_base + subkeys + 8, subkeys);
    }
    CHECK(tree_damage_of(hive) != "none");
    CHECK(key_damage_of(hive, looked_at) != "none");
}

TEST_CASE("segments of large data must be there, each once, and enough") {
    Bytes hive = sample_hive();
    const std::size_t record = at_base + *read_u32le(hive, value_cell(hive, "Data") + 12);
    const std::size_t list = at_base + *read_u32le(hive, record + 8);
    REQUIRE(as_text(ByteView(hive).subspan(record + 4, 2)) == "db");
    const std::size_t key = key_cell(hive, "Huge");
    SECTION("missing") { put_u32(hive, list + 4, 0x7FFFFFF8); }
    SECTION("more than the list holds") { put_u32(hive, record + 4, 0xFFFF0000U | ('b' << 8U) | 'd'); }
    SECTION("too few") { put_u32(hive, record + 4, 0x20000U | ('b' << 8U) | 'd'); }
    SECTION("the list is missing") { put_u32(hive, record + 8, 0x7FFFFFF8); }
    CHECK(tree_damage_of(hive) != "none");
    CHECK(key_damage_of(hive, key) != "none");
}

TEST_CASE(
    "a key under another parent, and a security descriptor without neighbours or of impossible users, make a "
    "hive unfit for writing") {
    Bytes hive = sample_hive();
    SECTION("parent") {
        put_u32(hive, key_cell(hive, "Sample") + 4 + 16, cell(key_cell(hive, "Classes")));
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("parent"));
    }
    SECTION("neighbour") {
        const std::size_t security = at_base + *read_u32le(hive, key_cell(hive, "Sample") + 4 + 44);
        put_u32(hive, security + 4 + GENERATE(4U, 8U), 0x7FFFFFF8);
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("neighbour"));
    }
    SECTION("number of users") {
        const std::size_t security = at_base + *read_u32le(hive, key_cell(hive, "Sample") + 4 + 44);
        put_u32(hive, security + 4 + 12, GENERATE(0U, 0x10000U, 0xFFFFFFFFU));
        CHECK_THAT(tree_damage_of(hive), ContainsSubstring("number of users"));
    }
}

TEST_CASE("what libhivex would lose or abort on is fixed: it is known before the first write") {
    Bytes hive = sample_hive();
    const std::size_t key = key_cell(hive, "Sample");
    const std::uint32_t sample = cell(key);
    CHECK(tree_of(hive).fixed_values.contains(cell(key_cell(hive, "Huge"))));
    CHECK(tree_of(hive).fixed_values.size() == 1);
    CHECK(tree_of(hive).fixed_keys.contains(cell(key_cell(hive, "Huge"))));
    CHECK(tree_of(hive).fixed_subkeys.empty());
    SECTION("a value without data that is not stored in place") {
        put_u32(hive, value_cell(hive, "Empty") + 8, 0);
        put_u32(hive, value_cell(hive, "Empty") + 12, 0xFFFFFFFF);
        CHECK(tree_of(hive).fixed_values.contains(sample));
        CHECK(tree_of(hive).fixed_keys.contains(sample));
    }
    SECTION("a link") {
        put_u32(hive, key + 4, 0x300000U | ('k' << 8U) | 'n');
        CHECK(tree_of(hive).fixed_values.contains(sample));
        CHECK(tree_of(hive).fixed_keys.contains(sample));
    }
    SECTION("a predefined handle, whose number of values is none") {
        put_u32(hive, key + 4, 0x600000U | ('k' << 8U) | 'n');
        put_u32(hive, key + 4 + 36, 0x80000060);
        CHECK(tree_of(hive).fixed_values.contains(sample));
        CHECK(tree_of(hive).fixed_keys.contains(sample));
    }
    SECTION("a class name of no length") {
        put_u32(hive, key + 4 + 48, 0x7FFFFFF8);
        CHECK(tree_of(hive).fixed_keys.contains(sample));
    }
    SECTION("a security descriptor with too few references") {
        put_u32(hive, at_base + *read_u32le(hive, key + 4 + 44) + 4 + 12, 1);
        CHECK(tree_of(hive).fixed_keys.size() == 18);
    }
    SECTION("sub-keys in a plain list") {
        const std::size_t parent = key_cell(hive, "Windows NT");
        put_u32(hive, at_base + *read_u32le(hive, parent + 4 + 28) + 4, 0x10000U | ('i' << 8U) | 'l');
        CHECK(tree_of(hive).fixed_subkeys.contains(cell(parent)));
    }
}

TEST_CASE("other hives are told apart by the sub-keys of their root") {
    CHECK(other_hive({}) == std::nullopt);
    CHECK(other_hive({"Classes", "Microsoft", "Policies"}) == std::nullopt);
    CHECK(other_hive({"microsoft"}) == std::nullopt);
    CHECK(other_hive({"POLICIES"}) == std::nullopt);
    CHECK(other_hive({"Microsoft", "Software"}) == std::nullopt);
    CHECK(other_hive({"Control Panel", "Environment", "Software"}) == "a user's NTUSER.DAT");
    CHECK(other_hive({"Software", "Policies"}) == "a user's NTUSER.DAT");
    CHECK(other_hive({"ControlSet001", "Select", "MountedDevices"}) == "SYSTEM");
    CHECK(other_hive({"SAM"}) == "SAM");
    CHECK(other_hive({"Cache", "Policy", "RXACT", "SAM"}) == "SECURITY");
    CHECK(other_hive({"Description", "Objects"}) == "BCD");
    CHECK(other_hive({"CanonicalData", "DerivedData"}) == "COMPONENTS");
    CHECK(other_hive({"DriverDatabase"}) == "DRIVERS");
    CHECK(other_hive({"Root"}) == "another hive");
}
