#include "agent/endpoint/hive_check.h"

#include "common/base/hex.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

namespace wta {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t sector = 512;
constexpr std::size_t bin_header = 32;
constexpr std::size_t checksum_offset = 508;

std::unexpected<Error> damaged(std::string message) {
    return refuse(ReasonCode::image_damaged, std::move(message), ErrorCode::unusable);
}

std::string hex(std::size_t number) {
    Bytes bytes;
    for (unsigned shift = 32; shift > 0; shift -= 8)
        bytes.push_back(static_cast<std::byte>((number >> (shift - 8)) & 0xFFU));
    return "0x" + to_hex_lower(bytes);
}

bool has_text(ByteView bytes, std::size_t offset, std::string_view text) {
    return offset <= bytes.size() && bytes.size() - offset >= text.size() &&
           as_text(bytes.subspan(offset, text.size())) == text;
}

// For offsets that are known to lie inside.
std::uint32_t u32(ByteView bytes, std::size_t offset) { return read_u32le(bytes, offset).value_or(0); }

std::uint32_t base_block_checksum(ByteView block) {
    std::uint32_t sum = 0;
    for (std::size_t offset = 0; offset < checksum_offset; offset += 4) sum ^= u32(block, offset);
    if (sum == 0) return 1;
    if (sum == 0xFFFF'FFFF) return 0xFFFF'FFFE;
    return sum;
}

struct BaseBlock {
    std::uint32_t primary_sequence = 0;
    std::uint32_t secondary_sequence = 0;
    std::uint32_t root = 0;
    std::size_t bins_size = 0;
};

Result<BaseBlock> check_base_block(ByteView hive) {
    if (hive.size() < hive_base_block_size + page) {
        return damaged("it has only " + std::to_string(hive.size()) + " bytes; the smallest hive has 8192");
    }
    if (!has_text(hive, 0, "regf"))
        return damaged("it does not begin with \"regf\", so it is no registry hive");
    if (u32(hive, checksum_offset) != base_block_checksum(hive)) {
        return damaged("the checksum of its base block is wrong");
    }
    const std::uint32_t major = u32(hive, 20);
    const std::uint32_t minor = u32(hive, 24);
    if (major != 1 || minor < 3 || minor > 6) {
        return damaged("its format version is " + std::to_string(major) + "." + std::to_string(minor) +
                       "; 1.3 to 1.6 are understood");
    }
    if (u32(hive, 28) != 0) return damaged("its base block is that of a transaction log, not of a hive");
    const BaseBlock block{.primary_sequence = u32(hive, 4),
                          .secondary_sequence = u32(hive, 8),
                          .root = u32(hive, 36),
                          .bins_size = u32(hive, 40)};
    if (block.bins_size == 0 || block.bins_size % page != 0) {
        return damaged("its base block gives the impossible size " + std::to_string(block.bins_size));
    }
    return block;
}

// The cells of one bin fill it exactly. A hive of 60 MB has a million of them, so this is what a check costs.
Result<void> check_cells(ByteView bins, std::size_t begin, std::size_t end, CellMap& allocated) {
    const std::byte* const place = bins.first(end).data();
    for (std::size_t offset = begin; offset < end;) {
        // Begin, end and sizes are multiples of 8: four bytes are there.
        static_assert(std::endian::native == std::endian::little);
        std::uint32_t raw = 0;
        std::memcpy(&raw, place + offset, sizeof raw);
        const bool in_use = (raw & 0x8000'0000U) != 0; // the size of an allocated cell is stored negative
        const std::size_t size = in_use ? std::size_t{0} + (~raw + 1U) : std::size_t{raw};
        if (size < 8 || size % 8 != 0 || size > end - offset) {
            return damaged("the cell at " + hex(hive_base_block_size + offset) + " has the impossible size " +
                           std::to_string(size));
        }
        allocated.set(offset, in_use);
        offset += size;
    }
    return {};
}

Result<void> check_bins(ByteView bins, CellMap& allocated) {
    for (std::size_t offset = 0; offset < bins.size();) {
        const auto damaged_bin = [offset](const std::string& how) {
            return damaged("the hive bin at " + hex(hive_base_block_size + offset) + how);
        };
        if (!has_text(bins, offset, "hbin")) return damaged_bin(" has no signature");
        if (u32(bins, offset + 4) != offset) return damaged_bin(" claims to be at another offset");
        const std::size_t size = u32(bins, offset + 8);
        if (size == 0 || size % page != 0 || size > bins.size() - offset) {
            return damaged_bin(" has the impossible size " + std::to_string(size));
        }
        WTA_TRY(check_cells(bins, offset + bin_header, offset + size, allocated));
        offset += size;
    }
    return {};
}

// Windows 8.1 and later: entries that follow each other from the second sector on. Old, already applied
// entries remain behind the last one with lower numbers.
bool has_newer_entry(ByteView log, std::uint32_t sequence) {
    for (std::size_t offset = sector; has_text(log, offset, "HvLE") && log.size() - offset >= 40;) {
        if (u32(log, offset + 12) > sequence) return true;
        const std::size_t size = u32(log, offset + 4);
        if (size < sector || size % sector != 0 || size > log.size() - offset) return false;
        offset += size;
    }
    return false;
}

// Before Windows 8.1: "DIRT" and one bit for each 512 bytes of hive bins. The bits stay when the pages have
// been written, so only a higher number tells that they have not; Windows XP leaves a lower one, later
// versions the same.
bool has_newer_dirty_pages(ByteView log, std::uint32_t sequence) {
    if (!has_text(log, sector, "DIRT") || u32(log, 4) <= sequence) return false;
    const std::size_t bitmap_size = u32(log, 40) / sector / 8;
    const ByteView rest = log.subspan(sector + 4);
    const ByteView bitmap = rest.first(std::min(bitmap_size, rest.size()));
    return std::ranges::any_of(bitmap, [](std::byte bits) { return bits != std::byte{0}; });
}

} // namespace

std::optional<ByteView> HiveCells::content(std::uint32_t offset) const {
    if (offset % 8 != 0 || offset >= bins_.size() || !allocated_.has(offset)) return std::nullopt;
    const std::size_t size = ~u32(bins_, offset) + 1U;
    // Held again: the file may have changed under its mapping.
    if (size < 8 || size > bins_.size() - offset) return std::nullopt;
    return bins_.subspan(offset + 4, size - 4);
}

Result<HiveCells> check_hive(ByteView hive) {
    const auto block = check_base_block(hive);
    if (!block) return std::unexpected(block.error());
    if (block->primary_sequence != block->secondary_sequence) {
        return refuse(ReasonCode::image_dirty,
                      "it was not closed properly: its sequence numbers are " +
                          std::to_string(block->primary_sequence) + " and " +
                          std::to_string(block->secondary_sequence) + "; " + std::string(dirty_hive_cure),
                      ErrorCode::unusable);
    }
    if (block->bins_size > hive.size() - hive_base_block_size) {
        return damaged("it is truncated: it has " + std::to_string(hive.size()) +
                       " bytes, its base block promises " +
                       std::to_string(hive_base_block_size + block->bins_size));
    }
    HiveCells cells;
    cells.bins_ = hive.subspan(hive_base_block_size, block->bins_size);
    cells.allocated_ = CellMap(cells.bins_.size());
    cells.root_ = block->root;
    cells.sequence_ = block->secondary_sequence;
    WTA_TRY(check_bins(cells.bins_, cells.allocated_));
    const auto root = cells.content(cells.root_);
    if (!root || !has_text(*root, 0, "nk")) return damaged("its base block does not lead to a root key");
    return cells;
}

bool log_is_newer(ByteView log, std::uint32_t sequence) {
    if (log.size() < sector || !has_text(log, 0, "regf")) return false;
    return has_newer_entry(log, sequence) || has_newer_dirty_pages(log, sequence);
}

} // namespace wta
