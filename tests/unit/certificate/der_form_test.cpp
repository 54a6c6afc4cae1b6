#include "common/certificate/der_form.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace wta;
using namespace wta::test;

TEST_CASE("what OpenSSL writes is DER") {
    CHECK(is_der(self_signed()));
    CHECK(is_der(bytes({0x30, 0x00})));
    CHECK(is_der(bytes({0x30, 0x05, 0x01, 0x01, 0xFF, 0x05, 0x00})));
}

TEST_CASE("exactly one element must fill the bytes") {
    CHECK_FALSE(is_der({}));
    CHECK_FALSE(is_der(bytes({0x30})));
    CHECK_FALSE(is_der(bytes({0x30, 0x00, 0x00})));
    CHECK_FALSE(is_der(bytes({0x05, 0x00, 0x05, 0x00})));
    CHECK_FALSE(is_der(bytes({0x30, 0x01, 0x05})));
    CHECK_FALSE(is_der(bytes({0x30, 0x03, 0x05, 0x00})));
}

TEST_CASE("a child that reaches beyond its parent is not DER") {
    CHECK_FALSE(is_der(bytes({0x30, 0x04, 0x30, 0x02, 0x04, 0x01})));
    CHECK_FALSE(is_der(bytes({0x30, 0x06, 0x30, 0x02, 0x04, 0x02, 0x00, 0x00})));
}

TEST_CASE("indefinite and longer than necessary lengths are not DER") {
    CHECK_FALSE(is_der(bytes({0x30, 0x80, 0x05, 0x00, 0x00, 0x00})));
    CHECK_FALSE(is_der(bytes({0x30, 0x81, 0x02, 0x05, 0x00})));
    CHECK_FALSE(is_der(bytes({0x30, 0x82, 0x00, 0x02, 0x05, 0x00})));
    CHECK_FALSE(is_der(joined({bytes({0x04, 0x82, 0x00, 0x80}), Bytes(0x80)})));
    CHECK_FALSE(is_der(bytes({0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF})));
    CHECK_FALSE(is_der(bytes({0x30, 0x88, 0, 0, 0, 0, 0, 0, 0, 2, 0x05, 0x00})));
    CHECK(is_der(element(0x04, Bytes(0x80))));
    CHECK(is_der(element(0x04, Bytes(0x100))));
}

TEST_CASE("a string in pieces and a sequence without parts are not DER") {
    CHECK_FALSE(is_der(bytes({0x24, 0x03, 0x04, 0x01, 0x00})));
    CHECK_FALSE(is_der(bytes({0x2C, 0x03, 0x0C, 0x01, 0x41})));
    CHECK_FALSE(is_der(bytes({0x10, 0x02, 0x05, 0x00})));
    CHECK_FALSE(is_der(bytes({0x00, 0x00})));
    CHECK(is_der(bytes({0xA0, 0x03, 0x02, 0x01, 0x02})));
}

TEST_CASE("a boolean is 0 or 255") {
    CHECK(is_der(bytes({0x01, 0x01, 0x00})));
    CHECK(is_der(bytes({0x01, 0x01, 0xFF})));
    CHECK_FALSE(is_der(bytes({0x01, 0x01, 0x01})));
    CHECK_FALSE(is_der(bytes({0x01, 0x00})));
    CHECK_FALSE(is_der(bytes({0x01, 0x02, 0xFF, 0xFF})));
}

TEST_CASE("tags above 30 have one form") {
    CHECK(is_der(bytes({0x9F, 0x1F, 0x00})));
    CHECK(is_der(bytes({0x9F, 0x81, 0x00, 0x00})));
    CHECK_FALSE(is_der(bytes({0x9F, 0x1E, 0x00})));
    CHECK_FALSE(is_der(bytes({0x9F, 0x80, 0x1F, 0x00})));
    CHECK_FALSE(is_der(bytes({0x9F, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x00})));
    CHECK_FALSE(is_der(bytes({0x9F})));
}

TEST_CASE("depth is bounded") {
    const auto nested = [](int depth) {
        Bytes inner = bytes({0x05, 0x00});
        for (int i = 0; i < depth; ++i) inner = element(0x30, inner);
        return inner;
    };
    CHECK(is_der(nested(60)));
    CHECK_FALSE(is_der(nested(65)));
    CHECK_FALSE(is_der(nested(3000)));
}

TEST_CASE("no beginning of a certificate is DER") {
    const Bytes der = self_signed({.key = ec()});
    for (std::size_t size = 0; size < der.size(); ++size) CHECK_FALSE(is_der(ByteView(der).first(size)));
}
