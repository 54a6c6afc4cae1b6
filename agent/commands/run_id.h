// The identity of one run.
#pragma once

#include <chrono>
#include <string>

namespace wta {

// A UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, the rest random.
[[nodiscard]] std::string make_run_id(std::chrono::system_clock::time_point now);

} // namespace wta
