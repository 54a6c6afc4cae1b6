// What is remembered of one receiver from run to run: history, never safety.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace wta {

// Reports that will not arrive, of one kind. Counted since the beginning, so that whoever gets only some of
// the reports that tell it still knows the sum.
struct Loss {
    std::uint64_t count = 0;
    std::uint64_t told = 0; // of these, by a report that the receiver has acknowledged
    std::string reason{};   // of the latest; printable
    bool operator==(const Loss&) const = default;
};

struct QueueState {
    int failures = 0; // in a row
    std::optional<Timestamp> failing_since{};
    std::optional<Timestamp> not_before{}; // of the next try
    std::string failure{};                 // why the last one failed; printable
    Loss dropped{};
    Loss refused{};
    Loss damaged{};
    bool operator==(const QueueState&) const = default;
};

// A missing, garbled or foreign file reads as the beginning.
[[nodiscard]] QueueState read_queue_state(const std::filesystem::path& folder);
// Errors: those of agent/platform/durable_file.h.
[[nodiscard]] Result<void> write_queue_state(const std::filesystem::path& folder, const QueueState& state);

} // namespace wta
