// The content of a registry as text that can be compared and printed.
#pragma once

#include "common/ports/registry.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace wta::test {

// Keys as "key|" and values as "key|name=type:hexadecimal".
using Lines = std::set<std::string>;
[[nodiscard]] Lines lines_of(Registry& registry);

template <class Keep>
[[nodiscard]] Lines filtered(const Lines& lines, const Keep& keep) {
    Lines kept;
    std::ranges::copy_if(lines, std::inserter(kept, kept.end()), keep);
    return kept;
}

// Of the agent's own key?
[[nodiscard]] bool is_state(std::string_view line);

// What differs between a run and the same work in two runs: times, and the report with its list of changes.
[[nodiscard]] Lines settled(const Lines& lines);
// Without the agent's own key.
[[nodiscard]] Lines outside(const Lines& lines);

// For people: what one has and the other has not.
[[nodiscard]] std::string difference(const Lines& a, const Lines& b);

} // namespace wta::test
