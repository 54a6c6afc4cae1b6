#include "common/fleet/fleet_json.h"

#include "tests/support/sample_fleet.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::fleet_now;

namespace {

namespace json = boost::json;

constexpr std::chrono::days three{3};

} // namespace

TEST_CASE("the JSON of a fleet has all of it") {
    StatusReport bad = test::sample_report();
    bad.endpoint_name = "PC-2";
    bad.time -= std::chrono::days(9);
    const Fleet fleet = test::fleet_of({test::machine_report("PC-\"1\""), bad}, {"PC-3.json"});
    const json::value document = json::parse(to_json_text(fleet, summarize(fleet, fleet_now, three)));
    const json::object& counts = document.at("counts").as_object();
    CHECK(counts.at("machines") == 2);
    CHECK(counts.at("compliant") == 1);
    CHECK(counts.at("nonCompliant") == 1);
    CHECK(counts.at("silent") == 1);
    CHECK(counts.at("unreadable") == 1);
    CHECK(document.at("silentAfter") == "3d");
    CHECK(document.at("unreadable").at(0).at("file") == "PC-3.json");
    CHECK(document.at("silent").at(0).at("name") == "PC-2");
    CHECK(document.at("reasons").at(0).at("severity") == "error");
    const json::value& machine = document.at("machines").at(0);
    CHECK(machine.at("name") == "PC-\"1\"");
    CHECK(machine.at("state") == "Compliant");
    CHECK(machine.at("certificates").at(0).at("stores") == json::array{"Root", "TrustedPublisher"});
    CHECK(document.at("machines").at(1).at("silent") == true);
    CHECK(document.at("certificates").at(1).at("trustedBySettings") == 0);
    CHECK(document.at("certificates").at(1).at("notAfter").is_null());
}

TEST_CASE("the JSON of an answer says whether it is proven, and why not") {
    StatusReport lacking = test::machine_report("PC-2");
    lacking.certificates.front().stores.clear();
    const Fleet fleet = test::fleet_of({test::machine_report("PC-1"), lacking});
    const json::value document = json::parse(
        to_json_text(fleet, summarize(fleet, fleet_now, three),
                     ask_whether_ready(fleet, *sha256_from_hex(test::fleet_certificate), fleet_now, {})));
    CHECK(document.at("question") == "ready");
    CHECK(document.at("proven") == false);
    CHECK((document.at("yes") == 1 && document.at("no") == 1 && document.at("excluded") == 0));
    CHECK(document.at("excludeSilent").is_null());
    CHECK(document.at("machines").at(0).at("answer") == "yes");
    CHECK(document.at("machines").at(0).at("why").is_null());
    CHECK(document.at("machines").at(1).at("why") == "notInStores");
}

TEST_CASE("a fleet without machines is a document, too") {
    const json::value document = json::parse(to_json_text({}, summarize({}, fleet_now, three)));
    CHECK(document.at("machines").as_array().empty());
}
