#include "agent/endpoint/hive_check.h"
#include "agent/endpoint/hive_registry.h"
#include "tests/fuzz/targets.h"
#include "tests/support/reused_file.h"
#include "tests/support/sample_hive.h"

#include <algorithm>
#include <string>

namespace wta::fuzz {
namespace {

// An input is the offset of the root key, then the cells of one hive bin; base block, header of the bin and a
// last free cell are made around them, so that a few hundred bytes are a whole hive.
constexpr std::size_t input_header = 4;
constexpr std::size_t page = 4096;
constexpr std::size_t bin_header = 32;
constexpr std::size_t largest_bin = 2 * page;

Bytes hive_around(ByteView input) {
    const ByteView cells = input.subspan(std::min(input_header, input.size()));
    const std::size_t used = bin_header + (std::min(cells.size(), largest_bin - bin_header) + 7) / 8 * 8;
    const std::size_t size = (used + page - 1) / page * page;
    Bytes hive(page + size);
    const auto put_text = [&hive](std::size_t offset, std::string_view text) {
        std::ranges::copy(as_byte_view(text), hive.begin() + static_cast<std::ptrdiff_t>(offset));
    };
    put_text(0, "regf");
    test::put_u32(hive, 4, 1);
    test::put_u32(hive, 8, 1);
    test::put_u32(hive, 20, 1);
    test::put_u32(hive, 24, 5);
    test::put_u32(hive, 32, 1);
    test::put_u32(hive, 36, read_u32le(input, 0).value_or(0));
    test::put_u32(hive, 40, static_cast<std::uint32_t>(size));
    test::put_u32(hive, 44, 1);
    test::seal_base_block(hive);
    put_text(page, "hbin");
    test::put_u32(hive, page + 8, static_cast<std::uint32_t>(size));
    std::ranges::copy(cells.first(std::min(cells.size(), used - bin_header)),
                      hive.begin() + static_cast<std::ptrdiff_t>(page + bin_header));
    if (used < size) test::put_u32(hive, page + used, static_cast<std::uint32_t>(size - used));
    return hive;
}

// Where the last cell, which is free and is made again, begins.
std::size_t end_of_cells(const Bytes& hive) {
    std::size_t end = bin_header;
    for (std::size_t offset = bin_header; offset < hive.size() - page;) {
        const std::uint32_t raw = *read_u32le(hive, page + offset);
        const bool in_use = (raw & 0x8000'0000U) != 0;
        offset += in_use ? ~raw + 1U : raw;
        if (in_use) end = offset;
    }
    return end;
}

Bytes input_from(const Bytes& hive, std::size_t end) {
    Bytes input;
    append_u32le(input, *read_u32le(hive, 36));
    input.insert(input.end(), hive.begin() + static_cast<std::ptrdiff_t>(page + bin_header),
                 hive.begin() + static_cast<std::ptrdiff_t>(page + end));
    return input;
}

void claim_error(const Error& error) { claim_printable_line(error.message, "the message about a hive"); }

CheckedHive checked(const test::ReusedFile& file) {
    auto mapped = platform::MappedFile::open(file.path(), hive_size_limit);
    claim(mapped.has_value(), "the file in memory cannot be read");
    auto cells = check_hive(mapped->bytes());
    claim(cells.has_value(), "a hive passes once and not twice");
    return {*std::move(mapped), *std::move(cells)};
}

// Everything there is, as far as it can be read. `whole`: then it must be. What was read is added to `seen`.
void read_all(Registry& registry, const std::string& key, bool whole, int depth, int& budget,
              std::string& seen) {
    if (--budget < 0 || depth > 8) return;
    const auto listing = registry.list(key);
    if (!listing) {
        claim(!whole, "a key that passed is not listed: ", listing.error().message);
        return claim_error(listing.error());
    }
    if (!*listing) return;
    for (const std::string& name : (*listing)->values) {
        const auto value = registry.get(key, name);
        seen += key + "\\\\" + name;
        if (value && *value)
            seen += "=" + std::to_string((*value)->type) + ":" + std::string(as_text((*value)->data)) + "\n";
        if (value) continue;
        claim(!whole, "a value that passed is not read: ", value.error().message);
        claim_error(value.error());
    }
    for (const std::string& name : (*listing)->subkeys) seen += key + "\\" + name + "\n";
    for (const std::string& name : (*listing)->subkeys)
        read_all(registry, key + "\\" + name, whole, depth + 1, budget, seen);
}

std::string read_all(Registry& registry, bool whole) {
    int budget = 64;
    std::string seen;
    read_all(registry, "", whole, 0, budget, seen);
    return seen;
}

std::string read_everything(const test::ReusedFile& file, bool whole) {
    return read_all(*HiveRegistry::open(checked(file)), whole);
}

// Not the values of a predefined handle, whose number is something else.
bool readable(const HiveTree& tree) {
    return std::ranges::none_of(
        tree.fixed_values, [](const auto& fixed) { return fixed.second == "it is a predefined handle"; });
}

// The first keys, each before those below it.
void collect(Registry& registry, const std::string& key, std::vector<std::string>& keys) {
    constexpr std::size_t enough = 8;
    const auto listing = registry.list(key);
    if (!listing || !*listing) return;
    for (const std::string& name : (*listing)->subkeys) {
        if (keys.size() == enough) return;
        const std::string path = key.empty() ? name : key + "\\" + name;
        if (std::ranges::find(keys, path) != keys.end()) continue; // two of one name
        keys.push_back(path);
        collect(registry, path, keys);
    }
}

// What a repair and an undo do, to every key: values set and removed, keys made and removed. Whatever is
// refused.
void change_all(Registry& registry) {
    std::vector<std::string> keys;
    collect(registry, "", keys);
    const RegistryValue value{3, Bytes(40, std::byte{0x5A})};
    const auto done = [](const Result<void>& result) {
        if (!result) claim_error(result.error());
    };
    for (const std::string& key : keys) {
        done(registry.set(key, "V", value));
        done(registry.erase(key, "Dword"));
    }
    const std::string made = (keys.empty() ? std::string() : keys.front() + "\\") + "New";
    done(registry.set(made + "\\Key", "", value));
    done(registry.erase_key(made + "\\Key"));
    done(registry.erase_key(made));
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) done(registry.erase_key(*key));
}

// From here on libhivex reads: it must find what we `read` ourselves. Each step may be refused, but not
// abort, and what is saved must pass again.
void write_into(const test::ReusedFile& file, HiveTree tree, const std::string& read,
                const test::ReusedFile& saved) {
    auto registry = HiveRegistry::open(checked(file));
    const bool whole = readable(tree);
    if (const auto begun = registry->begin_writing(file.path(), std::move(tree)); !begun)
        return claim_error(begun.error());
    if (whole) claim(read_all(*registry, whole) == read, "libhivex reads something else than we do");
    change_all(*registry);
    if (const auto written = registry->write_to(saved.path()); !written) return claim_error(written.error());
    registry.reset();
    const auto mapped = platform::MappedFile::open(saved.path(), hive_size_limit);
    claim(mapped.has_value(), "what was saved cannot be read");
    const auto cells = check_hive(mapped->bytes());
    claim(cells.has_value(), "what was saved does not pass: ", cells ? "" : cells.error().message);
    const auto after = check_hive_tree(*cells);
    claim(after.has_value(), "the keys that were saved do not pass: ", after ? "" : after.error().message);
    read_everything(saved, readable(*after));
}

} // namespace

void hive_check(ByteView input) {
    static const test::ReusedFile file;
    static const test::ReusedFile saved;

    if (const auto raw = check_hive(input); !raw) claim_error(raw.error());
    static_cast<void>(log_is_newer(input, 1));

    const Bytes hive = hive_around(input);
    const auto cells = check_hive(hive);
    if (!cells) return claim_error(cells.error());
    claim(cells->content(cells->root()).has_value(), "a hive passes without its root key");
    const auto key = check_hive_key(*cells, cells->root());
    auto tree = check_hive_tree(*cells);
    if (!tree) claim_error(tree.error());
    claim(key || !tree, "all keys pass, but not the root");
    file.fill(hive);
    const std::string read = read_everything(file, tree && readable(*tree));
    if (tree) write_into(file, *std::move(tree), read, saved);
}

namespace {

using test::HiveKey;

// Some of everything in less than a kilobyte.
Bytes seed_hive() {
    const auto filled = [](std::size_t size) { return Bytes(size, std::byte{7}); };
    const HiveKey sample{"Sample",
                         {{"", 1, filled(2)},
                          {"Dword", 4, filled(4)},
                          {"Empty", 3, {}},
                          {"Text", 1, filled(30)},
                          {"Strange", 0x20001, filled(9)}},
                         {}};
    const HiveKey version{"Windows NT", {}, {{"CurrentVersion", {{"Dword", 4, filled(4)}}, {}}}};
    return test::make_hive(
        {"ROOT", {}, {{"Microsoft", {}, {sample, version}}, {"Classes", {}, {{".txt", {}, {}}}}}});
}

// What the tests of the check spoil, one at a time: a place of the file, and what stands there then.
struct Spoiled {
    std::size_t place;
    std::uint32_t number;
};
std::vector<Spoiled> spoiled(const Bytes& hive) {
    const auto at = [&hive](std::size_t place) { return *read_u32le(hive, place); };
    const auto cell = [](std::size_t place) { return static_cast<std::uint32_t>(place - page); };
    const std::size_t sample = test::key_cell(hive, "Sample") + 4;
    const std::size_t windows = test::key_cell(hive, "Windows NT") + 4;
    const std::size_t leaf = test::key_cell(hive, ".txt") + 4;
    const std::size_t text = test::value_cell(hive, "Text") + 4;
    const std::size_t strange = test::value_cell(hive, "Strange") + 4;
    const std::size_t empty = test::value_cell(hive, "Empty") + 4;
    const std::size_t security = page + at(sample + 44) + 4;
    const std::size_t values = page + at(sample + 40) + 4;
    const std::size_t subkeys = page + at(windows + 28) + 4;
    constexpr std::uint32_t nowhere = 0x7FFFFFF8;
    return {
        {strange + 8, at(text + 8)},        // two values share their data
        {values + 4, at(values)},           // a value stands twice
        {text + 8, cell(leaf - 4)},         // a value's data is a key
        {leaf + 28, at(windows + 28)},      // two keys share their list of sub-keys
        {subkeys + 4, cell(windows - 4)},   // a key is its own descendant
        {sample + 48, at(sample + 44)},     // a class name is the security descriptor
        {sample + 40, nowhere},             // list of values
        {sample + 40, at(sample + 40) + 8}, // in the middle of a cell
        {sample + 36, 0x40000000},          // more values than the list holds
        {text, 0},                          // a value that is none
        {text, 0xFFFF6B76},                 // a value's name cut
        {text + 8, nowhere},                // data
        {text + 4, 16'000},                 // data cut
        {text + 4, 17'000},                 // data in segments
        {strange + 4, 0x80000005},          // data in place of impossible length
        {sample + 44, nowhere},             // security descriptor
        {sample + 44, cell(text - 4)},      // of another kind
        {security + 16, 0x10000},           // cut
        {security + 4, nowhere},            // without neighbour
        {security + 12, 1},                 // used more often than it says
        {security + 12, 0},                 // of no user
        {security + 12, 0xFFFFFFFF},        // of so many that one more is none
        {sample + 48, nowhere},             // class name of no length
        {sample + 72, 0xFFFF},              // the key's name cut
        {sample + 72, 0x20006},             // class name of two bytes
        {subkeys, 0x0001696C},              // plain list of sub-keys
        {subkeys, 0x00016972},              // index of lists
        {subkeys, 0x0000686C},              // empty list of sub-keys
        {subkeys, 0xFFFF686C},              // list of sub-keys cut
        {windows + 20, 2},                  // another number of sub-keys
        {sample + 16, cell(leaf - 4)},      // another parent
        {empty + 4, 0},                     // no data, not in place
        {sample, 0x0030'6B6E},              // a link
        {sample, 0x0060'6B6E},              // a predefined handle
        {page + at(text + 8), 0x28},        // data that is free
    };
}

} // namespace

std::vector<Bytes> hive_check_seeds() {
    const Bytes whole = seed_hive();
    const std::size_t end = end_of_cells(whole);
    std::vector<Bytes> seeds{input_from(whole, end)};
    for (const HiveKey& root :
         {HiveKey{"ROOT", {}, {}}, HiveKey{"ROOT", {{"V", 1, Bytes(10)}}, {{"A", {}, {}}}}}) {
        const Bytes hive = test::make_hive(root);
        seeds.push_back(input_from(hive, end_of_cells(hive)));
    }
    for (const Spoiled& change : spoiled(whole)) {
        Bytes hive = whole;
        test::put_u32(hive, change.place, change.number);
        seeds.push_back(input_from(hive, end));
    }
    seeds.push_back(test::log_with_entries({3, 1}));
    seeds.push_back(test::log_with_dirty_pages(3, true));
    return seeds;
}

} // namespace wta::fuzz
