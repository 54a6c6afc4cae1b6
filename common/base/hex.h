// Hexadecimal and Base64 text of bytes.
#pragma once

#include "common/base/bytes.h"

#include <optional>
#include <string>
#include <string_view>

namespace wta {

[[nodiscard]] std::string to_hex_lower(ByteView bytes);
[[nodiscard]] std::string to_hex_upper(ByteView bytes);

// Strict: an even number of hexadecimal digits of either case and nothing else.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

// Strict RFC 4648 Base64 with padding; white space between characters is allowed, anything else is not.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

[[nodiscard]] std::string to_base64(ByteView bytes);

} // namespace wta
