#include "common/base/hex.h"

#include <catch2/catch_test_macros.hpp>

#include <random>

using namespace wta;

namespace {

Bytes bytes_of(std::string_view text) { return to_bytes(as_byte_view(text)); }

} // namespace

TEST_CASE("hexadecimal text has two digits for each byte, in the case asked for") {
    const Bytes bytes{std::byte{0x00}, std::byte{0x9A}, std::byte{0xFF}};
    CHECK(to_hex_lower(bytes) == "009aff");
    CHECK(to_hex_upper(bytes) == "009AFF");
    CHECK(to_hex_lower({}).empty());
}

TEST_CASE("hexadecimal digits of either case are read") {
    CHECK(from_hex("009aFf") == Bytes{std::byte{0x00}, std::byte{0x9A}, std::byte{0xFF}});
    CHECK(from_hex("") == Bytes{});
}

TEST_CASE("anything but an even number of hexadecimal digits is refused") {
    for (const auto* text : {"0", "000", "0g", "g0", "0x00", " 00", "00 ", "00:11", "é"}) {
        INFO(text);
        CHECK_FALSE(from_hex(text));
    }
    CHECK_FALSE(from_hex(std::string_view("0\0", 2)));
}

TEST_CASE("Base64 agrees with the examples of RFC 4648") {
    const std::pair<const char*, const char*> examples[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [plain, encoded] : examples) {
        CHECK(to_base64(as_byte_view(plain)) == encoded);
        CHECK(from_base64(encoded) == bytes_of(plain));
    }
}

TEST_CASE("white space between Base64 characters is allowed, as in PEM and folded YAML") {
    CHECK(from_base64(" Zm9v\r\n\tYm\nFy \n") == bytes_of("foobar"));
    CHECK(from_base64("Zg=\n=") == bytes_of("f"));
}

TEST_CASE("Base64 that is not exactly right is refused") {
    for (const auto* text : {"Z", "Zg", "Zg=", "Zm8", "Zg===", "=", "==", "====", "Z===", "Zm9v====",
                             "Zg==Zg==", "Zm8=Zg==", "Zm9v-_8=", "Zm9v,", "Z=g=", "Zg==\f", "\xC2\xA0Zg=="}) {
        INFO(text);
        CHECK_FALSE(from_base64(text));
    }
    CHECK_FALSE(from_base64(std::string_view("Zm9v\0", 5)));
}

TEST_CASE("Base64 with leftover bits is refused: one sequence of bytes has one spelling") {
    CHECK_FALSE(from_base64("Zh=="));
    CHECK_FALSE(from_base64("Zm9="));
}

TEST_CASE("decoding undoes encoding for every length") {
    std::mt19937 random(1);
    Bytes bytes;
    for (int length = 0; length < 300; ++length) {
        CHECK(from_base64(to_base64(bytes)) == bytes);
        CHECK(from_hex(to_hex_lower(bytes)) == bytes);
        CHECK(from_hex(to_hex_upper(bytes)) == bytes);
        bytes.push_back(static_cast<std::byte>(random() & 0xFFU));
    }
}
