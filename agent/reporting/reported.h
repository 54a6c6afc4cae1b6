// What was last reported of this machine, kept beside the queues: so that a state that stays the same is not
// told again and again.
#pragma once

#include "common/base/result.h"
#include "common/report/report_mark.h"

#include <filesystem>
#include <optional>
#include <string>

namespace wta {

struct Reported {
    std::string machine; // whose reports these are; a copy on another machine (a cloned image) knows nothing
    std::optional<LastReported> last{};
    std::optional<Timestamp> last_success{}; // the last run that found the machine compliant
    bool operator==(const Reported&) const = default;
};

// A missing or garbled file, and that of another machine, reads as nothing reported.
[[nodiscard]] Reported read_reported(const std::filesystem::path& folder, const std::string& machine);
// Errors: those of agent/platform/durable_file.h.
[[nodiscard]] Result<void> write_reported(const std::filesystem::path& folder, const Reported& reported);

} // namespace wta
