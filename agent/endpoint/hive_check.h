// Our own look at a hive file before libhivex sees it: is it whole, is it clean?
//
// libhivex opens dirty hives without complaint and reads or writes out of bounds on some crafted ones. The
// format is described in M. Suhanov, "Windows registry file format specification". Pure functions over the
// bytes of the files.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace wta {

// Offsets in a hive count from the end of the base block.
inline constexpr std::size_t hive_base_block_size = 4096;
inline constexpr std::uint32_t hive_no_cell = 0xFFFF'FFFF;
// libhivex keeps 32-bit sizes signed in places.
inline constexpr std::uint64_t hive_size_limit = std::uint64_t{2} << 30U;

// Where allocated cells start: a bit for each eight bytes.
class CellMap {
public:
    CellMap() = default;
    explicit CellMap(std::size_t bins_size) : words_((bins_size + 511) / 512) {}
    void set(std::size_t offset, bool allocated) {
        words_[offset / 512] |= std::uint64_t{allocated} << (offset / 8 % 64);
    }
    [[nodiscard]] bool has(std::size_t offset) const {
        return ((words_[offset / 512] >> (offset / 8 % 64)) & 1U) != 0;
    }

private:
    std::vector<std::uint64_t> words_;
};

// The cells of a hive that passed check_hive. Refers to the bytes that were checked.
class HiveCells {
public:
    // The content (without the leading size) of the allocated cell that starts at `offset`; nothing when none
    // does.
    [[nodiscard]] std::optional<ByteView> content(std::uint32_t offset) const;
    [[nodiscard]] std::uint32_t root() const { return root_; }
    [[nodiscard]] std::uint32_t sequence() const { return sequence_; }
    [[nodiscard]] std::size_t bins_size() const { return bins_.size(); }

private:
    friend Result<HiveCells> check_hive(ByteView hive);
    ByteView bins_;
    CellMap allocated_;
    std::uint32_t root_ = 0;
    std::uint32_t sequence_ = 0;
};

// Base block, chain of hive bins, chain of cells in each. Refuses with image_damaged, or image_dirty when the
// sequence numbers say that a write to the hive was never finished. The messages are about "it": the caller
// names the file.
[[nodiscard]] Result<HiveCells> check_hive(ByteView hive);

// Does a transaction log (SOFTWARE.LOG, .LOG1, .LOG2) hold changes newer than a hive whose sequence number is
// `sequence`? An empty, foreign or already applied one does not.
[[nodiscard]] bool log_is_newer(ByteView log, std::uint32_t sequence);

// What to do about a dirty hive, as the end of a message.
inline constexpr std::string_view dirty_hive_cure =
    "shut that Windows down completely (shutdown /s /f /t 0; Fast Startup leaves it hibernated) or load and "
    "unload the hive once "
    "with \"reg load\" and \"reg unload\", then run again";

} // namespace wta
