// Sleeps until something happens, without costing anything meanwhile.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

namespace wta::platform {

// At most 64 HANDLEs, of which the first that is raised counts; its place in the list, or nothing when the
// time has passed. The time is relative: no clock that is set changes it, and while the machine sleeps it
// stands still. More than 49 days are 49. Throws std::system_error when a handle cannot be waited for.
[[nodiscard]] std::optional<std::size_t> wait_for_any(std::span<void* const> handles,
                                                      std::chrono::milliseconds time);

} // namespace wta::platform
