// One JSON object in a small file of our own, read so that nothing which stands in it can do harm.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace wta {

// Empty for a file that is missing, larger than 64 KiB, or holds anything else.
[[nodiscard]] boost::json::object read_state_file(const std::filesystem::path& file);
// Errors: those of agent/platform/durable_file.h.
[[nodiscard]] Result<void> write_state_file(const std::filesystem::path& file,
                                            const boost::json::object& object);

// Members; what is missing or of another type is empty, 0 or nothing.
[[nodiscard]] std::string text_in(const boost::json::object& object, std::string_view key); // printable
[[nodiscard]] std::optional<Timestamp> time_in(const boost::json::object& object, std::string_view key);
[[nodiscard]] std::uint64_t count_in(const boost::json::object& object, std::string_view key);
[[nodiscard]] boost::json::object object_in(const boost::json::object& object, std::string_view key);

[[nodiscard]] boost::json::value time_or_null(const std::optional<Timestamp>& time);

} // namespace wta
