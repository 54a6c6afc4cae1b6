// Reads keys and values straight from the cells of a hive that passed check_hive.
//
// For looking only: nothing is copied or opened anew, and what cannot be read is told, whatever stands there
// and however the file changes under its mapping. Cells are named by their offset. Errors: unusable, with
// image_damaged.
#pragma once

#include "agent/endpoint/hive_check.h"
#include "common/ports/registry.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wta {

// As libhivex limits it; Windows asks for no more than 1 MiB.
inline constexpr std::size_t largest_hive_value = 8'000'000;

// In the order of the hive.
[[nodiscard]] Result<std::vector<std::uint32_t>> subkeys_in(const HiveCells& cells, std::uint32_t key);
[[nodiscard]] Result<std::vector<std::uint32_t>> values_in(const HiveCells& cells, std::uint32_t key);

// In UTF-8, with every NUL that is in it; nothing for a name that has no UTF-8 form.
[[nodiscard]] Result<std::optional<std::string>> key_name_in(const HiveCells& cells, std::uint32_t key);
[[nodiscard]] Result<std::optional<std::string>> value_name_in(const HiveCells& cells, std::uint32_t value);

[[nodiscard]] Result<RegistryValue> value_in(const HiveCells& cells, std::uint32_t value);

} // namespace wta
