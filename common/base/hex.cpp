#include "common/base/hex.h"

namespace wta {

namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_hex(ByteView bytes, std::string_view digits) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<std::size_t>(byte >> 4U)];
        text += digits[std::to_integer<std::size_t>(byte & std::byte{0x0F})];
    }
    return text;
}

std::optional<std::uint32_t> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
    return std::nullopt;
}

std::optional<std::uint32_t> base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
    if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
    if (c == '+') return 62U;
    if (c == '/') return 63U;
    return std::nullopt;
}

bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::byte low_byte(std::uint32_t value) { return static_cast<std::byte>(value & 0xFFU); }

} // namespace

std::string to_hex_lower(ByteView bytes) { return to_hex(bytes, "0123456789abcdef"); }

std::string to_hex_upper(ByteView bytes) { return to_hex(bytes, "0123456789ABCDEF"); }

std::optional<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = hex_digit(text[i]);
        const auto low = hex_digit(text[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes.push_back(low_byte((*high << 4U) | *low));
    }
    return bytes;
}

std::optional<Bytes> from_base64(std::string_view text) {
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0; // the bits of up to four characters
    int characters = 0;      // of the current group, padding included
    int padding = 0;
    for (const char c : text) {
        if (is_white_space(c)) continue;
        if (c == '=') {
            if (characters < 2) return std::nullopt;
            ++padding;
            group <<= 6U;
        } else {
            const auto digit = base64_digit(c);
            if (!digit || padding > 0) return std::nullopt;
            group = (group << 6U) | *digit;
        }
        if (++characters < 4) continue;
        // Bits that the padding leaves over must be zero: one sequence of bytes has one spelling (RFC
        // 4648 3.5).
        if ((padding == 1 && (group & 0xFFU) != 0) || (padding == 2 && (group & 0xFFFFU) != 0))
            return std::nullopt;
        bytes.push_back(low_byte(group >> 16U));
        if (padding < 2) bytes.push_back(low_byte(group >> 8U));
        if (padding < 1) bytes.push_back(low_byte(group));
        group = 0;
        characters = 0;
    }
    if (characters != 0) return std::nullopt;
    return bytes;
}

std::string to_base64(ByteView bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group <<= 8U;
            if (k < count) group |= std::to_integer<std::uint32_t>(bytes[i + k]);
        }
        for (std::size_t k = 0; k < 4; ++k)
            text += k > count ? '=' : base64_alphabet[(group >> (18U - 6U * k)) & 0x3FU];
    }
    return text;
}

} // namespace wta
