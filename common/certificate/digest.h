// SHA-256 identifies a certificate; the SHA-1 thumbprint only names its registry key, because Windows does
// so.
#pragma once

#include "common/base/bytes.h"

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace wta {

struct Sha256 {
    std::array<std::byte, 32> bytes{};
    auto operator<=>(const Sha256&) const = default;
};

struct Thumbprint { // SHA-1 of the DER
    std::array<std::byte, 20> bytes{};
    auto operator<=>(const Thumbprint&) const = default;
};

[[nodiscard]] Sha256 sha256_of(ByteView bytes);
[[nodiscard]] Thumbprint thumbprint_of(ByteView bytes);

[[nodiscard]] std::string to_string(const Sha256& digest); // 64 digits, lower case
[[nodiscard]] std::string
to_string(const Thumbprint& thumbprint); // 40 digits, upper case: the name of the registry key

// Strict: exactly 64 hexadecimal digits of either case. What people type is normalised by the settings
// reader.
[[nodiscard]] std::optional<Sha256> sha256_from_hex(std::string_view text);
[[nodiscard]] std::optional<Thumbprint> thumbprint_from_hex(std::string_view text);

} // namespace wta
