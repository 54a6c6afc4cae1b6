#include "common/ports/registry.h"

#include "common/ports/registry_path.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

Bytes bytes(std::initializer_list<unsigned> values) {
    Bytes result;
    for (const unsigned value : values) result.push_back(static_cast<std::byte>(value));
    return result;
}

} // namespace

TEST_CASE("a DWORD is four bytes, least significant first") {
    CHECK(dword_value(0x01020304) == RegistryValue{reg_dword, bytes({4, 3, 2, 1})});
    CHECK(as_dword(dword_value(0xFFFFFFFE)) == 0xFFFFFFFE);
}

TEST_CASE("only a REG_DWORD of exactly four bytes is a number") {
    CHECK(as_dword({reg_qword, bytes({1, 0, 0, 0, 0, 0, 0, 0})}) == std::nullopt);
    CHECK(as_dword({reg_binary, bytes({1, 0, 0, 0})}) == std::nullopt);
    CHECK(as_dword({reg_dword, bytes({1, 0, 0})}) == std::nullopt);
    CHECK(as_dword({reg_dword, bytes({1, 0, 0, 0, 0})}) == std::nullopt);
    CHECK(as_dword({reg_dword, {}}) == std::nullopt);
}

TEST_CASE("a string is UTF-16LE with a terminator and comes back as it went in") {
    CHECK(string_value("a1") == RegistryValue{reg_sz, bytes({'a', 0, '1', 0, 0, 0})});
    CHECK(as_string(string_value("Zürich \u2713")) == "Zürich \u2713");
    CHECK(as_string({reg_sz, bytes({'a', 0})}) == "a");
    CHECK(as_string({reg_sz, bytes({'a', 0, 'b'})}) == std::nullopt);
    CHECK(as_string({2, bytes({'a', 0, 0, 0})}) == std::nullopt);
}

TEST_CASE("binary data is kept as it is") {
    CHECK(binary_value(bytes({0, 255})) == RegistryValue{reg_binary, bytes({0, 255})});
}

TEST_CASE("a value is described with its type and what it holds") {
    CHECK(describe(dword_value(1)) == "REG_DWORD 1");
    CHECK(describe(string_value("1")) == "REG_SZ \"1\"");
    CHECK(describe({reg_qword, bytes({1, 0, 0, 0, 1, 0, 0, 0})}) == "REG_QWORD 4294967297");
    CHECK(describe({reg_binary, Bytes(12)}) == "REG_BINARY, 12 bytes");
    CHECK(describe({reg_binary, Bytes(1)}) == "REG_BINARY, 1 byte");
    CHECK(describe({reg_dword, Bytes(3)}) == "REG_DWORD, 3 bytes");
    CHECK(describe({0, {}}) == "REG_NONE, 0 bytes");
    CHECK(describe({7, Bytes(4)}) == "REG_MULTI_SZ, 4 bytes");
    CHECK(describe({0x20000, Bytes(4)}) == "type 131072, 4 bytes");
}

TEST_CASE("a hostile string cannot break the line that describes it") {
    const std::string text = describe(string_value("a\r\n\x1b[31m"));
    CHECK(text.find_first_of("\r\n\x1b") == std::string::npos);
}

TEST_CASE("key paths are split at backslashes and empty parts do not count") {
    using Parts = std::vector<std::string_view>;
    CHECK(split_key_path("") == Parts{});
    CHECK(split_key_path("\\") == Parts{});
    CHECK(split_key_path("A") == Parts{"A"});
    CHECK(split_key_path("\\A\\\\b c\\") == Parts{"A", "b c"});
}

TEST_CASE("only ASCII letters lose their case") { CHECK(fold_case("azAZ09_\xC3\xBC") == "AZAZ09_\xC3\xBC"); }

TEST_CASE("only a REG_SZ is read as a string") {
    RegistryValue value = string_value("text");
    for (const std::uint32_t type : {reg_binary, reg_dword, 2U, 7U}) {
        value.type = type;
        CHECK_FALSE(as_string(value));
    }
}
