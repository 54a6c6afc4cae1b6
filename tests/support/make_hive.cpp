#include "tests/support/make_hive.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace wta::test {
namespace {

constexpr std::size_t base_block_size = 4096;
constexpr std::size_t page = 4096;
constexpr std::size_t bin_header = 32;
constexpr std::size_t largest_segment = 16'344;
constexpr std::size_t longest_list = 507; // sub-keys: what fits into one page with its bin
constexpr std::uint32_t no_cell = 0xFFFF'FFFF;
constexpr std::uint32_t in_place = 0x8000'0000;
constexpr std::uint64_t any_time = 132'223'104'000'000'000; // 2020-01-01 as a FILETIME

void put_u16(Bytes& out, std::size_t value) {
    out.push_back(static_cast<std::byte>(value & 0xFFU));
    out.push_back(static_cast<std::byte>((value >> 8U) & 0xFFU));
}
void put_u32(Bytes& out, std::size_t value) { append_u32le(out, static_cast<std::uint32_t>(value)); }
void put_text(Bytes& out, std::string_view text) {
    const ByteView bytes = as_byte_view(text);
    out.insert(out.end(), bytes.begin(), bytes.end());
}
void put_time(Bytes& out) {
    put_u32(out, any_time & 0xFFFF'FFFFU);
    put_u32(out, any_time >> 32U);
}

void set_u32(Bytes& bytes, std::size_t offset, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
        bytes[offset + i] = static_cast<std::byte>((value >> (8 * i)) & 0xFFU);
}

std::string upper(std::string_view name) {
    std::string result(name);
    for (char& c : result) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return result;
}

std::uint32_t name_hash(std::string_view name) {
    std::uint32_t hash = 0;
    for (const char c : upper(name)) hash = hash * 37 + static_cast<unsigned char>(c);
    return hash;
}

// [MS-DTYP] 2.4: a self-relative descriptor; owner and group administrators.
Bytes security_descriptor() {
    const auto sid = [](std::initializer_list<std::uint32_t> authorities) {
        Bytes out{std::byte{1}, static_cast<std::byte>(authorities.size())};
        for (const unsigned digit : {0U, 0U, 0U, 0U, 0U, 5U})
            out.push_back(static_cast<std::byte>(digit)); // NT authority
        for (const std::uint32_t authority : authorities) put_u32(out, authority);
        return out;
    };
    const Bytes system = sid({18});
    const Bytes administrators = sid({32, 544});
    const Bytes users = sid({32, 545});
    constexpr std::uint32_t all_access = 0xF003F;
    constexpr std::uint32_t read_access = 0x20019;
    Bytes entries;
    for (const auto& [who, rights] : {std::pair(system, all_access), std::pair(administrators, all_access),
                                      std::pair(users, read_access)}) {
        entries.push_back(std::byte{0}); // access allowed
        entries.push_back(std::byte{2}); // inherited by sub-keys
        put_u16(entries, 8 + who.size());
        put_u32(entries, rights);
        entries.insert(entries.end(), who.begin(), who.end());
    }
    constexpr std::size_t header = 20;
    Bytes out{std::byte{1}, std::byte{0}};
    put_u16(out, 0x8004); // self-relative, with an access list
    put_u32(out, header);
    put_u32(out, header + administrators.size());
    put_u32(out, 0);
    put_u32(out, header + 2 * administrators.size());
    out.insert(out.end(), administrators.begin(), administrators.end());
    out.insert(out.end(), administrators.begin(), administrators.end());
    out.push_back(std::byte{2});
    out.push_back(std::byte{0});
    put_u16(out, 8 + entries.size());
    put_u16(out, 3);
    put_u16(out, 0);
    out.insert(out.end(), entries.begin(), entries.end());
    return out;
}

class HiveWriter {
public:
    explicit HiveWriter(std::size_t hole_every) : hole_every_(hole_every) {}

    // Puts `content` into a new cell and gives its offset.
    std::uint32_t add(const Bytes& content) {
        const std::size_t size = (content.size() + 4 + 7) / 8 * 8;
        leave_hole();
        if (bins_.empty() || bins_.size() - used_ < size) start_bin(size);
        const std::size_t offset = used_;
        set_u32(bins_, offset, ~static_cast<std::uint32_t>(size) + 1U);
        std::ranges::copy(content, bins_.begin() + static_cast<std::ptrdiff_t>(offset + 4));
        used_ += size;
        return static_cast<std::uint32_t>(offset);
    }

    std::uint32_t add_security() {
        ++security_users_;
        if (security_ != no_cell) return security_;
        const Bytes descriptor = security_descriptor();
        Bytes cell;
        put_text(cell, "sk");
        put_u16(cell, 0);
        put_u32(cell, 0); // neighbours and uses: see finish()
        put_u32(cell, 0);
        put_u32(cell, 0);
        put_u32(cell, descriptor.size());
        cell.insert(cell.end(), descriptor.begin(), descriptor.end());
        return security_ = add(cell);
    }

    std::uint32_t add_key(const HiveKey& key, std::uint32_t parent, bool root) {
        const std::uint32_t security = add_security();
        Bytes cell;
        put_text(cell, "nk");
        put_u16(cell, root ? 0x2C : 0x20); // the name is ASCII; the root is an entry that cannot be deleted
        put_time(cell);
        put_u32(cell, 0);
        put_u32(cell, parent);
        put_u32(cell, key.subkeys.size());
        put_u32(cell, 0);
        put_u32(cell, no_cell); // list of sub-keys: below
        put_u32(cell, no_cell);
        put_u32(cell, key.values.size());
        put_u32(cell, key.values.empty() ? no_cell : add_values(key.values));
        put_u32(cell, security);
        put_u32(cell, no_cell);
        put_u32(cell, 2 * longest_name(key.subkeys));
        put_u32(cell, 0);
        put_u32(cell, 2 * longest_name(key.values));
        put_u32(cell, longest_data(key.values));
        put_u32(cell, 0);
        put_u16(cell, key.name.size());
        put_u16(cell, 0);
        put_text(cell, key.name);
        const std::uint32_t offset = add(cell);
        if (!key.subkeys.empty())
            set_u32(bins_, std::size_t{offset} + 4 + 28, add_subkeys(key.subkeys, offset));
        return offset;
    }

    Bytes finish(std::uint32_t root, std::uint32_t sequence) {
        fill_bin();
        for (const std::size_t neighbour : {4U, 8U}) set_u32(bins_, security_ + 4 + neighbour, security_);
        set_u32(bins_, std::size_t{security_} + 4 + 12, security_users_);
        Bytes hive;
        put_text(hive, "regf");
        put_u32(hive, sequence);
        put_u32(hive, sequence);
        put_time(hive);
        for (const std::size_t number : {1U, 5U, 0U, 1U})
            put_u32(hive, number); // version 1.5, primary file, direct memory load
        put_u32(hive, root);
        put_u32(hive, bins_.size());
        put_u32(hive, 1);
        hive.resize(base_block_size);
        seal_base_block(hive);
        hive.insert(hive.end(), bins_.begin(), bins_.end());
        return hive;
    }

private:
    template <class Item>
    static std::size_t longest_name(const std::vector<Item>& items) {
        std::size_t longest = 0;
        for (const Item& item : items) longest = std::max(longest, item.name.size());
        return longest;
    }
    static std::size_t longest_data(const std::vector<HiveValue>& values) {
        std::size_t longest = 0;
        for (const HiveValue& value : values) longest = std::max(longest, value.data.size());
        return longest;
    }

    std::uint32_t add_values(const std::vector<HiveValue>& values) {
        Bytes list;
        for (const HiveValue& value : values) put_u32(list, add_value(value));
        return add(list);
    }

    // Large data stands in several cells, listed in one more.
    std::uint32_t add_data(const Bytes& data) {
        if (data.size() <= largest_segment) return add(data);
        Bytes list;
        for (std::size_t begin = 0; begin < data.size(); begin += largest_segment) {
            const auto first = data.begin() + static_cast<std::ptrdiff_t>(begin);
            const std::size_t size = std::min(largest_segment, data.size() - begin);
            Bytes segment(first, first + static_cast<std::ptrdiff_t>(size));
            put_u32(segment, 0); // as Windows leaves them: four bytes longer than what they hold
            put_u32(list, add(segment));
        }
        Bytes cell;
        put_text(cell, "db");
        put_u16(cell, list.size() / 4);
        put_u32(cell, add(list));
        put_u32(cell, 0);
        return add(cell);
    }

    std::uint32_t add_value(const HiveValue& value) {
        const bool fits = value.data.size() <= 4;
        const std::uint32_t data = fits ? 0 : add_data(value.data);
        Bytes cell;
        put_text(cell, "vk");
        put_u16(cell, value.name.size());
        put_u32(cell, fits ? value.data.size() | in_place : value.data.size());
        put_u32(cell, data);
        if (fits) std::ranges::copy(value.data, cell.end() - 4);
        put_u32(cell, value.type);
        put_u16(cell, value.name.empty() ? 0 : 1); // the name is ASCII
        put_u16(cell, 0);
        put_text(cell, value.name);
        return add(cell);
    }

    // Sorted by upper-case name, in lists with hashes; when there are several, another one lists them.
    std::uint32_t add_subkeys(const std::vector<HiveKey>& keys, std::uint32_t parent) {
        std::vector<std::pair<std::string, const HiveKey*>> sorted;
        sorted.reserve(keys.size());
        for (const HiveKey& key : keys) sorted.emplace_back(upper(key.name), &key);
        std::ranges::sort(sorted, {}, [](const auto& one) -> const std::string& { return one.first; });
        Bytes index;
        std::size_t lists = 0;
        for (std::size_t begin = 0; begin < sorted.size(); begin += longest_list, ++lists) {
            const std::size_t size = std::min(longest_list, sorted.size() - begin);
            Bytes list;
            put_text(list, "lh");
            put_u16(list, size);
            for (const auto& [name, key] : std::span(sorted).subspan(begin, size)) {
                put_u32(list, add_key(*key, parent, false));
                put_u32(list, name_hash(name));
            }
            put_u32(index, add(list));
        }
        if (lists == 1) return read_u32le(index, 0).value_or(no_cell);
        Bytes root;
        put_text(root, "ri");
        put_u16(root, lists);
        root.insert(root.end(), index.begin(), index.end());
        return add(root);
    }

    // A free cell, as a deleted one leaves.
    void leave_hole() {
        if (hole_every_ == 0 || ++added_ % hole_every_ != 0) return;
        const std::size_t size = 8 * (3 + added_ / hole_every_ % 10);
        if (bins_.size() - used_ < size) return;
        set_u32(bins_, used_, static_cast<std::uint32_t>(size));
        used_ += size;
    }

    void fill_bin() {
        if (used_ < bins_.size()) set_u32(bins_, used_, static_cast<std::uint32_t>(bins_.size() - used_));
    }

    void start_bin(std::size_t needed) {
        fill_bin();
        const std::size_t begin = bins_.size();
        const std::size_t size = (needed + bin_header + page - 1) / page * page;
        bins_.resize(begin + size);
        std::ranges::copy(as_byte_view("hbin"), bins_.begin() + static_cast<std::ptrdiff_t>(begin));
        set_u32(bins_, begin + 4, static_cast<std::uint32_t>(begin));
        set_u32(bins_, begin + 8, static_cast<std::uint32_t>(size));
        used_ = begin + bin_header;
    }

    std::size_t hole_every_;
    std::size_t added_ = 0; // cells
    Bytes bins_;
    std::size_t used_ = 0;
    std::uint32_t security_ = no_cell;
    std::uint32_t security_users_ = 0;
};

} // namespace

Bytes make_hive(const HiveKey& root, std::uint32_t sequence, std::size_t hole_every) {
    HiveWriter writer(hole_every);
    const std::uint32_t offset = writer.add_key(root, 0, true);
    return writer.finish(offset, sequence);
}

void seal_base_block(Bytes& hive) {
    std::uint32_t sum = 0;
    for (std::size_t offset = 0; offset < 508; offset += 4) sum ^= read_u32le(hive, offset).value_or(0);
    if (sum == 0) sum = 1;
    if (sum == 0xFFFF'FFFF) sum = 0xFFFF'FFFE;
    set_u32(hive, 508, sum);
}

} // namespace wta::test
