#include "common/rollout/group_policy.h"

#include "common/base/utf.h"
#include "common/rollout/entries.h"
#include "common/trust/policy_file.h"
#include "tests/support/sample_rollout.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

std::vector<std::string> sample_entries() { return policy_entries(test::sample_rollout(test::awkward_note)); }

// The text of a file that begins with a byte order mark, in lines; every one ends in CR LF.
std::vector<std::string> lines_of(const std::string& file) {
    REQUIRE(file.starts_with("\xFF\xFE"));
    const auto text = from_utf16le(as_byte_view(std::string_view(file).substr(2)));
    REQUIRE(text);
    std::vector<std::string> lines;
    for (std::size_t start = 0; start < text->size();) {
        const std::size_t end = text->find("\r\n", start);
        REQUIRE(end != std::string::npos);
        lines.push_back(text->substr(start, end - start));
        start = end + 2;
    }
    return lines;
}

} // namespace

TEST_CASE("Registry.pol sets the entries as values 1, 2, 3") {
    const std::vector<std::string> entries = sample_entries();
    const std::string file = registry_policy_file(entries);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto found =
            find_in_policy_file(as_byte_view(file), certificates_policy_key, std::to_string(i + 1));
        REQUIRE(found);
        REQUIRE(found->has_value());
        CHECK((**found).value == string_value(entries[i]));
    }
}

TEST_CASE("Registry.pol removes the values of an earlier, longer list") {
    const std::string file = registry_policy_file({"sha256=a"});
    const auto found = find_in_policy_file(as_byte_view(file), certificates_policy_key, "2");
    REQUIRE(found);
    CHECK(*found == PolicyFileSetting{});
}

TEST_CASE("the text for LGPO.exe removes the old list, then sets each value") {
    const std::vector<std::string> entries = sample_entries();
    const std::string key(certificates_policy_key);
    std::vector<std::string> settings;
    for (const std::string& line : lines_of(lgpo_text(entries)))
        if (!line.empty() && line[0] != ';') settings.push_back(line);
    std::vector<std::string> meant{"Computer", key, "*", "DELETEALLVALUES"};
    for (std::size_t i = 0; i < entries.size(); ++i)
        for (const std::string& line :
             {std::string("Computer"), key, std::to_string(i + 1), "SZ:" + entries[i]})
            meant.push_back(line);
    CHECK(settings == meant);
}

TEST_CASE("a .reg file makes the key anew, and quotes what its format quotes") {
    const std::vector<std::string> lines =
        lines_of(registration_file({R"(sha256=a;note=x"y\z)", "sha256=b"}));
    CHECK(lines == std::vector<std::string>{
                       "Windows Registry Editor Version 5.00",
                       "",
                       R"([-HKEY_LOCAL_MACHINE\SOFTWARE\Policies\WsusTrustAgent\Certificates])",
                       "",
                       R"([HKEY_LOCAL_MACHINE\SOFTWARE\Policies\WsusTrustAgent\Certificates])",
                       R"("1"="sha256=a;note=x\"y\\z")",
                       R"("2"="sha256=b")",
                   });
    CHECK(lines_of(registration_file(sample_entries())).size() == 8);
}

TEST_CASE("the .reg file that takes it back removes the list and nothing else") {
    CHECK(lines_of(removal_file()) ==
          std::vector<std::string>{"Windows Registry Editor Version 5.00", "",
                                   R"([-HKEY_LOCAL_MACHINE\SOFTWARE\Policies\WsusTrustAgent\Certificates])"});
}
