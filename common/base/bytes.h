// Bytes as values, and the little-endian integers that Windows formats use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace wta {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

[[nodiscard]] inline ByteView as_byte_view(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

[[nodiscard]] inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

[[nodiscard]] inline std::string_view as_text(ByteView view) {
    return {reinterpret_cast<const char*>(view.data()), view.size()};
}

// For C libraries that take `const unsigned char*`.
[[nodiscard]] inline const unsigned char* as_uchar(ByteView view) {
    return reinterpret_cast<const unsigned char*>(view.data());
}

// The 32-bit little-endian integer at `offset`; nothing when it does not fit.
[[nodiscard]] inline std::optional<std::uint32_t> read_u32le(ByteView view, std::size_t offset) {
    if (offset > view.size() || view.size() - offset < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = (value << 8U) | std::to_integer<std::uint32_t>(view[offset + i]);
    return value;
}

inline void append_u32le(Bytes& out, std::uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        out.push_back(static_cast<std::byte>((value >> shift) & 0xFFU));
}

} // namespace wta
