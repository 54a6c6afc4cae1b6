// A SOFTWARE hive of the size and shape that a used Windows has, made up: what the benchmark reads.
#pragma once

#include "tests/support/make_hive.h"

namespace wta::test {

// Some 170,000 keys and 290,000 values: make_hive() makes 60 MB of them. Always the same. Certificates in DER
// are put into AuthRoot, CA and Root of the machine.
[[nodiscard]] HiveKey large_software(const std::vector<Bytes>& certificates);

// Of ten cells one is free, as after years of updates.
inline constexpr std::size_t large_hive_hole_every = 10;

} // namespace wta::test
