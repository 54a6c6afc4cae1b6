// A small SOFTWARE hive with some of everything, and ways to spoil it.
#pragma once

#include "tests/support/make_hive.h"

#include <string_view>

namespace wta::test {

inline constexpr std::uint32_t sample_sequence = 10;

// Microsoft and Policies; SystemCertificates with an entry in Root; key Microsoft\Sample with values of all
// kinds.
[[nodiscard]] HiveKey sample_tree();
[[nodiscard]] Bytes sample_hive();

void put_u32(Bytes& bytes, std::size_t offset, std::uint32_t value);
// The first place where `text` stands; throws when there is none.
[[nodiscard]] std::size_t find_text(ByteView bytes, std::string_view text);
// Where the cell of the key or value `name` begins, from the start of the file.
[[nodiscard]] std::size_t key_cell(ByteView hive, std::string_view name);
[[nodiscard]] std::size_t value_cell(ByteView hive, std::string_view name);

// A transaction log with entries (Windows 8.1 and later) or with dirty pages (before).
[[nodiscard]] Bytes log_with_entries(const std::vector<std::uint32_t>& sequences);
[[nodiscard]] Bytes log_with_dirty_pages(std::uint32_t sequence, bool any_dirty);

} // namespace wta::test
