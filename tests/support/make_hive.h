// Makes registry hives from nothing, for tests and for the quick start: libhivex cannot create one.
#pragma once

#include "common/base/bytes.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wta::test {

struct HiveValue {
    std::string name; // ASCII; empty: the default value
    std::uint32_t type = 1;
    Bytes data;
};

struct HiveKey {
    std::string name; // ASCII
    std::vector<HiveValue> values;
    std::vector<HiveKey> subkeys; // in any order
};

// A whole, clean hive of format 1.5: base block, hive bins, one security descriptor (SYSTEM and
// administrators: all, users: read) for all keys. Without values and sub-keys it has 8 KiB. The same input
// gives the same bytes. `hole_every`: after so many cells a free one, as in a hive that is in use; 0: none.
[[nodiscard]] Bytes make_hive(const HiveKey& root, std::uint32_t sequence = 1, std::size_t hole_every = 0);

// Recomputes the checksum of a base block that was changed.
void seal_base_block(Bytes& hive);

} // namespace wta::test
