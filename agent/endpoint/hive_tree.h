// Checks the keys of a hive before libhivex follows them: one before it is read, all of them before the first
// write.
//
// libhivex 1.3 aborts (asserts) when it frees a cell that is not allocated, for example one that two values
// share, and writes out of bounds through a bad security cell. A hive that passes has every cell of every key
// allocated, large enough and referenced once.
#pragma once

#include "agent/endpoint/hive_check.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace wta {

// What libhivex must not do to a sound hive, because it would lose something or abort. Keys by the offset of
// their cell.
struct HiveTree {
    std::unordered_map<std::uint32_t, std::string_view>
        fixed_values; // keys whose values must not be rewritten, with why
    std::unordered_map<std::uint32_t, std::string_view>
        fixed_subkeys;                                              // keys whose sub-keys must not be removed
    std::unordered_map<std::uint32_t, std::string_view> fixed_keys; // keys that must not be removed
    std::size_t keys = 0;
};

// Every key. Refuses with image_damaged.
[[nodiscard]] Result<HiveTree> check_hive_tree(const HiveCells& cells);

// May libhivex read the key in the cell at `offset`: its values, and the names of its sub-keys? Refuses with
// image_damaged.
[[nodiscard]] Result<void> check_hive_key(const HiveCells& cells, std::uint32_t offset);

} // namespace wta
