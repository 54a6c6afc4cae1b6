// Threat 34: hives on which libhivex would give up, or read beyond their end, are refused before.
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("values that share their data make libhivex abort; the image is refused before it comes to that") {
    Bytes hive = sample_hive();
    put_u32(hive, value_cell(hive, "Strange") + 12, *read_u32le(hive, value_cell(hive, "Text") + 12));
    const SampleImage image(hive);
    const auto endpoint = image.open(Use::change);
    CHECK(endpoint->registry().get(sample_key, "Dword").value() == dword_value(7));
    const auto begun = endpoint->begin_changes();
    REQUIRE(!begun);
    CHECK(begun.error().reason == ReasonCode::image_damaged);
    CHECK_THAT(begun.error().message, ContainsSubstring("shared"));
    CHECK(image.bytes() == hive);
}

TEST_CASE("a damaged key is refused before libhivex reads it; the others can be read") {
    Bytes hive = sample_hive();
    // More data segments than their list holds: libhivex reads on behind it.
    const std::size_t record = 4096 + *read_u32le(hive, value_cell(hive, "Data") + 12);
    put_u32(hive, record + 4, 0xFFFF0000U | ('b' << 8U) | 'd');
    const SampleImage image(hive);
    const auto endpoint = image.open();
    const auto read = endpoint->registry().get("Microsoft\\Huge", "Data");
    REQUIRE(!read);
    CHECK(read.error().code == ErrorCode::unusable);
    CHECK(read.error().reason == ReasonCode::image_damaged);
    CHECK_THAT(read.error().message, ContainsSubstring("data segments is cut"));
    CHECK(endpoint->registry().get(sample_key, "Dword").value() == dword_value(7));
}

TEST_CASE("a hive truncated at any length is refused and left alone") {
    const Bytes whole = sample_hive();
    const SampleImage image;
    for (std::size_t size = 0; size < whole.size(); size += size < 4200 ? 61 : 1023) {
        INFO(size);
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        write_bytes(image.hive, cut);
        const auto opened = open_image(image.hive, Use::look);
        REQUIRE(!opened);
        CHECK(opened.error().reason == ReasonCode::image_damaged);
        CHECK(image.bytes() == cut);
    }
}
