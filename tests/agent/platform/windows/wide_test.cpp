#include "agent/platform/windows/wide.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;

TEST_CASE("text keeps every character on its way to UTF-16 and back") {
    const std::string text =
        GENERATE("", "a", "Größe", "証明書", "\U0001F511 key", "\xEF\xBF\xBD", "\U0010FFFF");
    CHECK(platform::from_wide(platform::to_wide(text)) == text);
}

TEST_CASE("a character beyond the basic plane is a pair in UTF-16") {
    CHECK(platform::to_wide("\U0001F511") == L"\xD83D\xDD11");
}

TEST_CASE("a NUL inside a text stays") {
    using namespace std::string_literals;
    CHECK(platform::to_wide("a\0b"s) == L"a\0b"s);
    CHECK(platform::from_wide(L"a\0b"s) == "a\0b"s);
}

TEST_CASE("what is no valid text is replaced, and what stands around it stays") {
    const std::wstring wide = platform::to_wide("a\xFF"
                                                "b");
    CHECK(wide == L"a\xFFFD"
                  L"b");
    const std::wstring unpaired = GENERATE(L"a\xD83D"
                                           L"b",
                                           L"a\xDD11"
                                           L"b");
    CHECK(platform::from_wide(unpaired) == "a\xEF\xBF\xBD"
                                           "b");
}
