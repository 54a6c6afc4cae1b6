#include "common/settings/pin.h"

#include "common/base/utf.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string digits = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

std::string separated(std::string_view separator) {
    std::string text;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        if (i > 0) text += separator;
        text += digits.substr(i, 2);
    }
    return text;
}

Sha256 pin_of(std::string_view text) {
    const auto pin = parse_pin(text);
    REQUIRE(pin);
    return *pin;
}

std::string refusal_of(std::string_view text) {
    const auto pin = parse_pin(text);
    REQUIRE_FALSE(pin);
    CHECK(pin.error().reason == ReasonCode::settings_invalid);
    CHECK(printable(pin.error().message, 10'000) == pin.error().message);
    return pin.error().message;
}

} // namespace

TEST_CASE("a pin is read in either case") {
    std::string upper = digits;
    for (char& c : upper)
        if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    CHECK(to_string(pin_of(digits)) == digits);
    CHECK(pin_of(upper) == pin_of(digits));
}

TEST_CASE("spaces and colons between bytes do not matter") {
    const Sha256 pin = pin_of(digits);
    for (const auto* separator : {" ", ":", ": ", "\xC2\xA0"}) {
        INFO(separator);
        CHECK(pin_of(separated(separator)) == pin);
    }
    CHECK(pin_of("  " + digits + " ") == pin);
}

TEST_CASE("the invisible marks that come along when a digest is copied do not matter") {
    const Sha256 pin = pin_of(digits);
    for (const auto* mark : {"\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\x8B", "\xE2\x80\xAA", "\xE2\x80\xAC",
                             "\xE2\x81\xA6", "\xEF\xBB\xBF"}) {
        CHECK(pin_of(mark + digits) == pin);
        CHECK(pin_of(digits + mark) == pin);
        CHECK(pin_of(digits.substr(0, 7) + mark + digits.substr(7)) == pin);
    }
}

TEST_CASE("a digest of another kind is refused by name") {
    CHECK_THAT(refusal_of(digits.substr(0, 40)),
               ContainsSubstring("SHA-1 thumbprint") && ContainsSubstring("inspect"));
    CHECK_THAT(refusal_of("\xE2\x80\x8E" + digits.substr(0, 40)), ContainsSubstring("SHA-1 thumbprint"));
    CHECK_THAT(refusal_of(digits.substr(0, 32)), ContainsSubstring("MD5"));
    CHECK_THAT(refusal_of(digits + digits.substr(0, 32)), ContainsSubstring("SHA-384"));
    CHECK_THAT(refusal_of(digits + digits), ContainsSubstring("SHA-512"));
}

TEST_CASE("a wrong number of digits is refused with the number") {
    CHECK_THAT(refusal_of(""), ContainsSubstring(": 0 hexadecimal digits"));
    CHECK_THAT(refusal_of(digits.substr(1)), ContainsSubstring("63 hexadecimal digits"));
    CHECK_THAT(refusal_of(digits + "0"), ContainsSubstring("65 hexadecimal digits"));
}

TEST_CASE("a character that is no digit is refused and shown") {
    CHECK_THAT(refusal_of("g" + digits.substr(1)), ContainsSubstring("\"g\" is no hexadecimal digit"));
    CHECK_THAT(refusal_of("0x" + digits), ContainsSubstring("\"x\""));
    CHECK_THAT(refusal_of("sha256/" + digits), ContainsSubstring("\"s\""));
    CHECK_THAT(refusal_of(digits + "\n"), ContainsSubstring("\"\\x0A\""));
    CHECK_THAT(refusal_of(digits + std::string(1, '\0')), ContainsSubstring("\"\\x00\""));
    CHECK_THAT(refusal_of("\xEF\xBC\x90" + digits.substr(1)),
               ContainsSubstring("is no hexadecimal digit")); // full-width 0
    CHECK_THAT(refusal_of("\xFF" + digits), ContainsSubstring("\\xFF is not UTF-8"));
}

TEST_CASE("a separator inside a byte is refused, because a digit may be missing there") {
    CHECK_THAT(refusal_of(digits.substr(0, 5) + ":" + digits.substr(5)),
               ContainsSubstring("inside a byte, after digit 5"));
}
