#include "common/certificate/digest.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

// FIPS 180-4's example "abc".
TEST_CASE("SHA-256 is written in lower case, the thumbprint in upper case as Windows names its keys") {
    CHECK(to_string(sha256_of(as_byte_view("abc"))) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_string(thumbprint_of(as_byte_view("abc"))) == "A9993E364706816ABA3E25717850C26C9CD0D89D");
    CHECK(to_string(sha256_of({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a digest is read from its own text in either case") {
    const auto sha256 = sha256_of(as_byte_view("abc"));
    CHECK(sha256_from_hex(to_string(sha256)) == sha256);
    CHECK(sha256_from_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD") == sha256);
    const auto thumbprint = thumbprint_of(as_byte_view("abc"));
    CHECK(thumbprint_from_hex(to_string(thumbprint)) == thumbprint);
}

TEST_CASE("a digest of another length, with spaces or other characters is none") {
    const std::string good = to_string(sha256_of(as_byte_view("abc")));
    CHECK_FALSE(sha256_from_hex(""));
    CHECK_FALSE(sha256_from_hex(good.substr(2)));
    CHECK_FALSE(sha256_from_hex(good + "00"));
    CHECK_FALSE(sha256_from_hex(" " + good.substr(1)));
    CHECK_FALSE(sha256_from_hex("g" + good.substr(1)));
    CHECK_FALSE(sha256_from_hex(to_string(thumbprint_of(as_byte_view("abc")))));
    CHECK_FALSE(thumbprint_from_hex(good));
}
