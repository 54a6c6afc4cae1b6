#include "common/fleet/page_data.h"

#include "tests/support/sample_fleet.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace wta;

TEST_CASE("threat 30: nothing in the data ends the element that it stands in") {
    CHECK(inside_script("</script><!--<script>&\u2028\u2029x") ==
          R"(\u003c/script\u003e\u003c!--\u003cscript\u003e\u0026\u2028\u2029x)");
}

TEST_CASE("what is escaped is the same value") {
    const std::string text = R"(["</script>","a & b","é"])";
    CHECK(boost::json::parse(inside_script(text)) == boost::json::parse(text));
}

TEST_CASE("the data of the page are JSON, with every machine in them") {
    StatusReport hostile = test::machine_report("</script><script>alert(1)</script>");
    hostile.findings = {{"<b>", Severity::error, "</script>", "<!--", "", "", "&amp;"}};
    hostile.agent_version = "]]>";
    const Fleet fleet = test::fleet_of({test::machine_report("PC-1"), hostile});
    const std::string data = page_data(fleet, summarize(fleet, test::fleet_now, std::chrono::days(3)));
    CHECK(data.find_first_of("<>&") == std::string::npos);
    const boost::json::value value = boost::json::parse(data);
    REQUIRE(value.at("machines").as_array().size() == 2);
    CHECK(value.at("machines").at(0).at(0) == boost::json::value(hostile.endpoint_name));
    CHECK(value.at("findings").at(0).at(3) == "<!--");
    CHECK(value.at("silentAfter") == 3 * 86'400.0);
    const auto places = value.at("machines").at(1).at(7).at(0).at(2).as_int64();
    CHECK(value.at("words").at(static_cast<std::size_t>(places)) ==
          "in Root, TrustedPublisher (groupPolicy)");
}
