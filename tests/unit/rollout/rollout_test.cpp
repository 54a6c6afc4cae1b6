#include "common/rollout/rollout.h"

#include "tests/support/read_text.h"
#include "tests/support/sample_rollout.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <map>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

std::map<std::string, std::string> files_of(const Rollout& rollout) {
    std::map<std::string, std::string> files;
    for (const RolloutFile& file : rollout_files(rollout)) files[file.path] = file.content;
    return files;
}

} // namespace

TEST_CASE("a rollout has a file for every tool, and README.txt names each of them") {
    const auto files = files_of(test::sample_rollout());
    CHECK(files.size() == 19);
    const std::string& readme = files.at("README.txt");
    for (const auto& [path, content] : files) {
        CHECK_FALSE(content.empty());
        if (path == "README.txt") continue;
        const std::size_t slash = path.find('/');
        CHECK_THAT(readme, ContainsSubstring(path.substr(0, slash)));
        if (path.starts_with("group-policy/"))
            CHECK_THAT(readme,
                       ContainsSubstring(path.substr(slash + 1, path.find('/', slash + 1) - slash - 1)));
    }
}

TEST_CASE("scripts and policy definitions are those of this repository, byte for byte") {
    const auto files = files_of(test::sample_rollout());
    for (const std::string script :
         {"configmgr/detect.ps1", "configmgr/remediate.ps1", "intune/detect.ps1", "intune/remediate.ps1"})
        CHECK(files.at(script) == test::read_text("packaging/" + script));
    for (const std::string file : {"wsus-trust-agent.admx", "en-US/wsus-trust-agent.adml"})
        CHECK(files.at("group-policy/PolicyDefinitions/" + file) == test::read_text("config/admx/" + file));
}

TEST_CASE("the same rollout is the same files, and the note changes only what holds it") {
    CHECK(rollout_files(test::sample_rollout()) == rollout_files(test::sample_rollout()));
    const auto plain = files_of(test::sample_rollout());
    const auto noted = files_of(test::sample_rollout("CHG0012345"));
    for (const std::string path :
         {"agent.yaml", "group-policy/Registry.pol", "group-policy/entries.txt", "group-policy/lgpo.txt",
          "group-policy/wsus-trust-agent.reg", "intune/settings.json", "change-ticket.txt"})
        CHECK(plain.at(path) != noted.at(path));
    CHECK(plain.at("msi-command-line.txt") == noted.at("msi-command-line.txt"));
}

TEST_CASE("a note is one visible line, as the settings want it") {
    CHECK(check_rollout_note("").value() == "");
    CHECK(check_rollout_note("  ").value() == "");
    CHECK(check_rollout_note("  CHG0012345 ").value() == "CHG0012345");
    CHECK(check_rollout_note(test::awkward_note).value() == test::awkward_note);
    CHECK(check_rollout_note(std::string(1'000, 'x')));
    for (const std::string& note : {std::string(1'001, 'x'), std::string("a\nb"), std::string("a\u202Eb"),
                                    std::string("a\xFF"), std::string("a\0b", 3)}) {
        const auto checked = check_rollout_note(note);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().reason == ReasonCode::usage_error);
    }
}

TEST_CASE("a note with the separator of Intune's lists is refused") {
    const auto checked = check_rollout_note("a\uF0002\uF000sha256=b");
    REQUIRE_FALSE(checked);
    CHECK_THAT(checked.error().message, ContainsSubstring("U+F000"));
}
