// The reports that one receiver has not acknowledged yet: a folder with a file for each.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

// Of one queue. What is beyond goes, the oldest first.
struct QueueLimits {
    std::size_t count = 1'000;
    std::uintmax_t bytes = 16ULL * 1024 * 1024;
    std::chrono::seconds age = std::chrono::days{30};
};

// The name of a file is the report's runId, a UUIDv7 (RFC 9562), which begins with its time: the order of the
// names is that of the reports. Everything that has returned outlasts a power failure. Any process may add at
// any time; the rest is for one at a time (reporting.h has the lock). Errors are those of
// agent/platform/durable_file.h.
class Queue {
public:
    // Nothing is touched yet. `folder` is made by add(), in a folder that is private.
    explicit Queue(std::filesystem::path folder, QueueLimits limits = {});

    [[nodiscard]] Result<void> add(const std::string& id, std::string_view json);

    struct Waiting {
        std::vector<std::string> ids; // oldest first
        std::size_t dropped = 0;      // gone by this call, because of the limits
        std::size_t damaged = 0;      // set aside by this call: files that no report can have
    };
    // Looks at the whole folder, and keeps the limits. One that is not there is an empty queue.
    [[nodiscard]] Result<Waiting> wait_list(Timestamp now);

    // too_large: no report of ours.
    [[nodiscard]] Result<std::string> read(const std::string& id) const;

    // The receiver has it.
    [[nodiscard]] Result<void> remove(const std::string& id);
    // The receiver does not want it: kept in the folder `refused`, with the reason beside it.
    [[nodiscard]] Result<void> refuse(const std::string& id, std::string_view reason);
    // Its content is no report: kept in the folder `damaged`.
    [[nodiscard]] Result<void> set_aside(const std::string& id);
    // For those that come, to make room on a full disk; false when none is left.
    [[nodiscard]] Result<bool> drop_oldest();

    // How many wait, as far as can be seen.
    [[nodiscard]] std::size_t size() const;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    [[nodiscard]] std::filesystem::path file_of(const std::string& id) const;
    [[nodiscard]] Result<void> keep_aside(const std::string& name, std::string_view where);

    std::filesystem::path folder_;
    QueueLimits limits_;
};

// When a UUIDv7 was made, to the second; nothing for any other text.
[[nodiscard]] std::optional<Timestamp> time_of_id(std::string_view id);

} // namespace wta
