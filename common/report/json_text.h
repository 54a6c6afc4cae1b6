// Writes JSON values as text with sorted keys, so that equal reports are equal bytes.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace wta {

// Two spaces of indentation and a final newline, for people and `--output json`.
[[nodiscard]] std::string to_indented_text(const boost::json::value& value);

// One line without spaces or newline, for storing.
[[nodiscard]] std::string to_compact_text(const boost::json::value& value);

} // namespace wta
