#include "common/fleet/fleet_text.h"

#include "tests/support/sample_fleet.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

using namespace wta;
using test::fleet_now;

namespace {

std::string text_of(const Fleet& fleet) {
    return to_text(fleet, summarize(fleet, fleet_now, std::chrono::days(3)), {});
}

} // namespace

TEST_CASE("an empty folder is said to be one") {
    CHECK(text_of({}).contains("There is no report in this folder"));
}

TEST_CASE("the text says how many, why not, what expires, who is silent, and what could not be read") {
    StatusReport bad = test::sample_report();
    bad.endpoint_name = "PC-2";
    bad.time -= std::chrono::days(9);
    const std::string text = text_of(test::fleet_of({test::machine_report("PC-1"), bad}, {"PC-3.json"}));
    CHECK(text.contains("not compliant     1"));
    CHECK(text.contains("not_in_trusted_publisher"));
    CHECK(text.contains("WSUS Publishers Self-signed (aaaaaaaa…)"));
    CHECK(text.contains("PC-2  last report 2026-05-23T00:00:00Z"));
    CHECK(text.contains("PC-3.json: it is no report"));
    CHECK(text.contains("1.2.3"));
    CHECK_FALSE(text.contains("no_intranet_update_service")); // an info is nothing to act on
}

TEST_CASE("a list of more than 20 names is cut, and says how many there are") {
    std::vector<StatusReport> reports;
    for (int i = 100; i < 123; ++i) {
        reports.push_back(test::machine_report(fmt::format("PC-{}", i)));
        reports.back().time -= std::chrono::days(9);
    }
    const std::string text = text_of(test::fleet_of(reports));
    CHECK(text.contains("PC-119"));
    CHECK_FALSE(text.contains("PC-120"));
    CHECK(text.contains("and 3 more (--output csv lists all)"));
}

TEST_CASE("one line has the numbers") {
    const Fleet fleet = test::fleet_of({test::machine_report("PC-1")}, {"PC-3.json"});
    CHECK(
        to_line(fleet, summarize(fleet, fleet_now, std::chrono::days(3))) ==
        "1 machine: 1 compliant, 0 not compliant, 0 not applicable, 0 unknown; 0 silent, 1 unreadable file");
}
