#include "agent/endpoint/hive_check.h"
#include "agent/endpoint/hive_registry.h"
#include "tests/fuzz/targets.h"
#include "tests/support/sample_hive.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace wta::fuzz {
namespace {

// A file in memory, used again for every input: libhivex wants a path.
class MemoryFile {
public:
    MemoryFile() : fd_(::memfd_create("hive", MFD_CLOEXEC)) { claim(fd_ >= 0, "no file in memory"); }
    ~MemoryFile() { ::close(fd_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    void fill(ByteView content) const {
        const auto size = static_cast<::off_t>(content.size());
        claim(::ftruncate(fd_, size) == 0 && ::pwrite(fd_, content.data(), content.size(), 0) == size,
              "the file in memory is full");
    }
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

private:
    int fd_;
};

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

Bytes input_from(const Bytes& hive) {
    Bytes input;
    append_u32le(input, *read_u32le(hive, 36));
    // The last cell is free and is made again.
    std::size_t end = bin_header;
    const std::size_t bins = hive.size() - page;
    for (std::size_t offset = bin_header; offset < bins;) {
        const std::uint32_t raw = *read_u32le(hive, page + offset);
        const bool in_use = (raw & 0x8000'0000U) != 0;
        offset += in_use ? ~raw + 1U : raw;
        if (in_use) end = offset;
    }
    input.insert(input.end(), hive.begin() + static_cast<std::ptrdiff_t>(page + bin_header),
                 hive.begin() + static_cast<std::ptrdiff_t>(page + end));
    return input;
}

void claim_error(const Error& error) { claim_printable_line(error.message, "the message about a hive"); }

CheckedHive checked(const MemoryFile& file) {
    auto mapped = platform::MappedFile::open(file.path(), hive_size_limit);
    claim(mapped.has_value(), "the file in memory cannot be read");
    auto cells = check_hive(mapped->bytes());
    claim(cells.has_value(), "a hive passes once and not twice");
    return {*std::move(mapped), *std::move(cells)};
}

// Everything there is, as far as libhivex lets us. `whole`: then it must.
void read_all(Registry& registry, const std::string& key, bool whole, int depth, int& budget) {
    if (--budget < 0 || depth > 8) return;
    const auto listing = registry.list(key);
    if (!listing) {
        claim(!whole, "libhivex does not list a key that passed: ", listing.error().message);
        return claim_error(listing.error());
    }
    if (!*listing) return;
    for (const std::string& name : (*listing)->values) {
        const auto value = registry.get(key, name);
        if (value) continue;
        claim(!whole, "libhivex does not read a value that passed: ", value.error().message);
        claim_error(value.error());
    }
    for (const std::string& name : (*listing)->subkeys)
        read_all(registry, key + "\\" + name, whole, depth + 1, budget);
}

void read_everything(const MemoryFile& file, bool whole) {
    auto registry = HiveRegistry::open(file.path(), checked(file));
    if (!registry) {
        claim(!whole, "libhivex does not open a hive that passed: ", registry.error().message);
        return claim_error(registry.error());
    }
    int budget = 64;
    read_all(**registry, "", whole, 0, budget);
}

// libhivex counts the values of a predefined handle, whose number of values is something else.
bool readable(const HiveTree& tree) {
    return std::ranges::none_of(tree.fixed_values,
                                [](const auto& fixed) { return fixed.second == "it is a predefined handle"; });
}

// What a repair and an undo do. Each step may be refused, but not abort, and what is saved must pass again.
void write_into(const MemoryFile& file, HiveTree tree, const MemoryFile& saved) {
    auto registry = HiveRegistry::open(file.path(), checked(file));
    if (!registry) return claim_error(registry.error());
    if (const auto begun = (*registry)->begin_writing(file.path(), std::move(tree)); !begun)
        return claim_error(begun.error());
    const RegistryValue value{3, Bytes(40, std::byte{0x5A})};
    const auto root = (*registry)->list("");
    std::string first = root && *root && !(*root)->subkeys.empty() ? (*root)->subkeys.front() : "A";
    for (const auto& done :
         {(*registry)->set(first, "V", value), (*registry)->set(first + "\\New\\Key", "", value),
          (*registry)->set("Z", "v", dword_value(1)), (*registry)->erase(first, "Dword"),
          (*registry)->erase(first + "\\New\\Key", ""), (*registry)->erase_key(first + "\\New\\Key"),
          (*registry)->erase_key("Z"), (*registry)->erase_key(first)})
        if (!done) claim_error(done.error());
    if (const auto written = (*registry)->write_to(saved.path()); !written)
        return claim_error(written.error());
    registry->reset();
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
    static const MemoryFile file;
    static const MemoryFile saved;

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
    read_everything(file, tree && readable(*tree));
    if (tree) write_into(file, *std::move(tree), saved);
}

std::vector<Bytes> hive_check_seeds() {
    using test::HiveKey;
    const auto bytes = [](std::size_t size) { return Bytes(size, std::byte{7}); };
    const HiveKey small{
        "ROOT", {{"V", 1, bytes(10)}}, {{"Microsoft", {}, {}}, {"Policies", {{"Dword", 4, bytes(4)}}, {}}}};
    const HiveKey values{"ROOT",
                         {},
                         {{"A",
                           {{"", 1, bytes(2)},
                            {"Dword", 4, bytes(4)},
                            {"Empty", 3, {}},
                            {"Text", 1, bytes(30)},
                            {"Big", 3, bytes(200)}},
                           {}}}};
    const HiveKey deep{
        "ROOT",
        {},
        {{"A", {}, {{"B", {}, {{"C", {{"v", 3, bytes(8)}}, {}}}}}}, {"B", {}, {}}, {"C", {}, {}}}};
    std::vector<Bytes> seeds;
    for (const HiveKey& root : {HiveKey{"ROOT", {}, {}}, small, values, deep})
        seeds.push_back(input_from(test::make_hive(root)));
    // What the tests spoil: a cell that two refer to, a signature, a size, a count, a free root.
    const auto spoiled = [&](std::size_t place, std::uint32_t value) {
        Bytes input = seeds.at(2);
        test::put_u32(input, place, value);
        seeds.push_back(std::move(input));
    };
    spoiled(0, 0);
    spoiled(input_header, 8);
    spoiled(input_header + 8, 0x6B6B6B6B);
    for (const std::size_t place : {std::size_t{40}, std::size_t{120}, std::size_t{200}, std::size_t{300}})
        spoiled(place, 0x20);
    seeds.push_back(test::log_with_entries({3, 1}));
    seeds.push_back(test::log_with_dirty_pages(3, true));
    return seeds;
}

} // namespace wta::fuzz
