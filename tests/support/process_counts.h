// What this process holds of Windows, to see whether it grows.
#pragma once

#include "tests/support/scratch_machine.h"

#include <cstddef>

namespace wta::test {

struct ProcessCounts {
    std::size_t handles = 0;
    std::size_t memory = 0; // bytes: private ones, or (Wine knows none) what is in the working set
};

// Counts handles one by one: GetProcessHandleCount is always 0 under Wine. Throws std::runtime_error.
[[nodiscard]] ProcessCounts process_counts();

// Keys and values, and the bytes of their data.
[[nodiscard]] std::size_t keys_and_values_below(const ScratchMachine& machine);

} // namespace wta::test
