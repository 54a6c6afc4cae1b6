#include "common/rollout/intune.h"

#include "common/rollout/entries.h"
#include "common/rollout/rollout_assets.h"
#include "tests/support/sample_rollout.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

boost::json::array settings_of(const std::string& profile) {
    return boost::json::parse(profile).at("omaSettings").as_array();
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

// What an XML parser makes of the value of the only attribute `value`; it must end where it should.
std::string list_of(const std::string& data) {
    constexpr std::string_view begin = "<enabled/>\n<data id=\"Certificates\" value=\"";
    constexpr std::string_view end = "\"/>";
    REQUIRE(data.starts_with(begin));
    REQUIRE(data.ends_with(end));
    std::string value = data.substr(begin.size(), data.size() - begin.size() - end.size());
    CHECK_FALSE(value.contains('"'));
    CHECK_FALSE(value.contains('<'));
    for (const auto& [reference, character] : {std::pair{"&#xF000;", "\uF000"},
                                               {"&quot;", "\""},
                                               {"&#39;", "'"},
                                               {"&lt;", "<"},
                                               {"&gt;", ">"},
                                               {"&amp;", "&"}})
        replace_all(value, reference, character); // &amp; last
    return value;
}

} // namespace

TEST_CASE("the profile brings the policy definitions as they are") {
    const boost::json::array settings = settings_of(intune_profile({"sha256=a"}, policy_definitions()));
    REQUIRE(settings.size() == 2);
    CHECK(
        settings[0].at("omaUri").as_string() ==
        "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/WsusTrustAgent/Policy/WsusTrustAgentAdmx");
    CHECK(settings[0].at("value").as_string() == policy_definitions());
    CHECK(policy_definitions().contains("<policy name=\"Certificates\" class=\"Machine\""));
}

TEST_CASE("the profile enables the policy with names and values in turn") {
    const std::vector<std::string> entries = policy_entries(test::sample_rollout(test::awkward_note));
    const boost::json::array settings = settings_of(intune_profile(entries, "<x/>"));
    CHECK(settings[1].at("omaUri").as_string() ==
          "./Device/Vendor/MSFT/Policy/Config/WsusTrustAgent~Policy~WsusTrustAgent/Certificates");
    std::string meant;
    for (std::size_t i = 0; i < entries.size(); ++i)
        meant += (i == 0 ? "" : "\uF000") + std::to_string(i + 1) + "\uF000" + entries[i];
    CHECK(list_of(std::string(settings[1].at("value").as_string())) == meant);
}
