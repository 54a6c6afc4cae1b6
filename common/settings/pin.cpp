#include "common/settings/pin.h"

#include "common/base/utf.h"

#include <string>

namespace wta {

namespace {

std::unexpected<Error> refuse_pin(std::string_view text, const std::string& why) {
    return refuse(ReasonCode::settings_invalid, "\"" + printable(text, 200) + "\" is no SHA-256: " + why);
}

bool is_hex_digit(char32_t c) {
    return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'f') || (c >= U'A' && c <= U'F');
}

bool separates_bytes(char32_t c) { return c == U' ' || c == U':' || c == U'\u00A0'; }

// What comes along with a copied digest without being seen. Controls and NUL do not: they mean that something
// else went wrong.
bool is_invisible_mark(char32_t c) { return c >= U'\u00A0' && is_unprintable(c); }

std::string why_length(std::size_t digits) {
    const std::string remedy = "the SHA-256 has 64 digits; `wsus-trust-agent inspect` prints it";
    if (digits == 40) return "40 digits are a SHA-1 thumbprint, which identifies nothing safely; " + remedy;
    if (digits == 32) return "32 digits are an MD5 digest, which identifies nothing safely; " + remedy;
    if (digits == 96) return "96 digits are a SHA-384; " + remedy;
    if (digits == 128) return "128 digits are a SHA-512; " + remedy;
    return std::to_string(digits) + " hexadecimal digits; " + remedy;
}

} // namespace

Result<Sha256> parse_pin(std::string_view text) {
    std::string digits;
    for (std::size_t offset = 0; offset < text.size();) {
        const std::size_t start = offset;
        const auto character = next_character(text, offset);
        const std::string shown = printable(text.substr(start, offset - start));
        if (!character) return refuse_pin(text, "the byte " + shown + " is not UTF-8; type the digits again");
        if (is_hex_digit(*character))
            digits += text[start];
        else if (separates_bytes(*character) && digits.size() % 2 != 0)
            return refuse_pin(text, "a separator stands inside a byte, after digit " +
                                        std::to_string(digits.size()) + "; a digit is missing or misplaced");
        else if (!separates_bytes(*character) && !is_invisible_mark(*character))
            return refuse_pin(text, "\"" + shown + "\" is no hexadecimal digit (0-9, a-f)");
    }
    if (digits.size() != 64) return refuse_pin(text, why_length(digits.size()));
    const auto digest = sha256_from_hex(digits);
    if (!digest) return refuse_pin(text, "the digits cannot be read");
    return *digest;
}

} // namespace wta
