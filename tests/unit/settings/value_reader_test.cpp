#include "common/settings/value_reader.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <array>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

// What is said about an unknown key beside these.
std::string complaint_about(const std::string& key) {
    static constexpr std::array<std::string_view, 3> known{"ca_file", "timeout", "source"};
    YamlNode mapping;
    mapping.kind = YamlNode::Kind::mapping;
    mapping.children.emplace_back();
    mapping.children.back().key = key;
    mapping.children.back().key_position = {4, 2};
    SettingsReading reading("agent.yaml", "/etc");
    check_keys(mapping, known, reading);
    const auto errors = reading.take_errors();
    if (errors.empty()) return {};
    CHECK(errors.size() == 1);
    CHECK(errors[0].line == 4);
    CHECK(errors[0].column == 2);
    return errors[0].message;
}

} // namespace

TEST_CASE("an unknown key names the one that was probably meant") {
    CHECK(complaint_about("source").empty());
    CHECK(complaint_about("sorce") ==
          "unknown key \"sorce\"; did you mean \"source\"? (known here: ca_file, timeout, source)");
    CHECK_THAT(complaint_about("caFile"), ContainsSubstring("did you mean \"ca_file\"?"));
    CHECK_THAT(complaint_about("ca-file"), ContainsSubstring("did you mean \"ca_file\"?"));
    CHECK_THAT(complaint_about("Timeout"), ContainsSubstring("did you mean \"timeout\"?"));
    CHECK_THAT(complaint_about("sources"), ContainsSubstring("did you mean \"source\"?"));
    CHECK_THAT(complaint_about("colour"), !ContainsSubstring("did you mean"));
    CHECK_THAT(complaint_about(""), !ContainsSubstring("did you mean"));
}

TEST_CASE("an unknown key that is known elsewhere names its place") {
    CHECK_THAT(complaint_about("proxy"), ContainsSubstring("belongs below fetch:"));
    CHECK_THAT(complaint_about("override_owner"), ContainsSubstring("belongs below policy:"));
    CHECK_THAT(complaint_about("sha256"), ContainsSubstring("entry of certificates:"));
    CHECK_THAT(complaint_about("mode"), ContainsSubstring("top level"));
}

TEST_CASE("a hostile key is shown safely and shortly") {
    const std::string message = complaint_about("\x1B[2J" + std::string(10'000, 'x'));
    CHECK_THAT(message, ContainsSubstring("\\x1B[2J"));
    CHECK(message.size() < 300);
}

TEST_CASE("errors come in the order of the file, and at most a hundred of them") {
    SettingsReading reading("agent.yaml", "/etc");
    for (int i = 150; i > 0; --i) reading.report({i, 1}, "x");
    reading.report({1, 0}, "first");
    const auto errors = reading.take_errors();
    REQUIRE(errors.size() == 101);
    CHECK(errors[0].message == "first");
    CHECK(errors[1].line == 1);
    CHECK(errors[99].line == 99);
    CHECK_THAT(errors[100].message, ContainsSubstring("51 more errors"));
}
