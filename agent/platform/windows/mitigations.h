// What this process asks Windows to forbid it, so that whoever gets into it can do less.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace wta::platform {

struct Mitigation {
    int policy = 0;          // PROCESS_MITIGATION_POLICY
    std::uint32_t flags = 0; // the Flags of the structure that belongs to it
};

[[nodiscard]] std::span<const Mitigation> mitigations();

// Asks for each of them; one that this Windows does not know is done without. `set` is
// SetProcessMitigationPolicy, or in its place what a test watches.
using SetMitigation = std::function<void(const Mitigation&)>;
void forbid_what_is_not_needed(const SetMitigation& set);
void forbid_what_is_not_needed();

} // namespace wta::platform
