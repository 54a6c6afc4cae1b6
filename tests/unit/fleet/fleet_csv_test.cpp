#include "common/fleet/fleet_csv.h"

#include "tests/support/sample_fleet.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::fleet_now;

TEST_CASE("a field that a spreadsheet would run is text") {
    CHECK(csv_field("=1+1") == "'=1+1");
    CHECK(csv_field("+1") == "'+1");
    CHECK(csv_field("-1") == "'-1");
    CHECK(csv_field("@SUM(A1)") == "'@SUM(A1)");
    CHECK(csv_field("\t=1") == "'\t=1");
    CHECK(csv_field("\r=1") == "\"'\r=1\"");
    CHECK(csv_field("=cmd|'/c calc'!A1,\"x\"") == "\"'=cmd|'/c calc'!A1,\"\"x\"\"\"");
}

TEST_CASE("a field is quoted where RFC 4180 wants it, and only there") {
    CHECK(csv_field("").empty());
    CHECK(csv_field("PC-1") == "PC-1");
    CHECK(csv_field("a b;c") == "a b;c");
    CHECK(csv_field("a,b") == "\"a,b\"");
    CHECK(csv_field("a\"b") == "\"a\"\"b\"");
    CHECK(csv_field("a\r\nb") == "\"a\r\nb\"");
}

TEST_CASE("CSV has a header, each machine, and each file that could not be read") {
    StatusReport bad = test::machine_report("PC-2");
    bad.state = ComplianceState::non_compliant;
    bad.time -= std::chrono::days(9);
    bad.certificates.clear();
    bad.findings = {{"b", Severity::error, "", "m", "", "", "r"},
                    {"a", Severity::warning, "x", "m", "", "", "r"},
                    {"a", Severity::warning, "y", "m", "", "", "r"},
                    {"c", Severity::info, "", "m", "", "", "r"}};
    const Fleet fleet = test::fleet_of({test::machine_report("=PC-1"), bad}, {"PC-3.json"});
    CHECK(to_csv(fleet, summarize(fleet, fleet_now, std::chrono::days(3))) ==
          "machine,kind,state,lastReport,silent,version,mode,reasons,certificates,file,problem\r\n"
          "'=PC-1,live,Compliant,2026-06-01T00:00:00Z,no,1.2.3,enforce,," +
              test::fleet_certificate +
              " in Root TrustedPublisher,'=PC-1.json,\r\n"
              "PC-2,live,NonCompliant,2026-05-23T00:00:00Z,yes,1.2.3,enforce,b a,,PC-2.json,\r\n"
              ",,Unreadable,,,,,,,PC-3.json,it is no report\r\n");
}

TEST_CASE("CSV of an answer has every machine with its answer, and each file that could not be read") {
    StatusReport silent = test::machine_report("PC-1");
    silent.time -= std::chrono::days(40);
    StatusReport lacking = test::machine_report("PC-2");
    lacking.certificates.front().stores.clear();
    const Fleet fleet = test::fleet_of({silent, lacking, test::machine_report("PC-3")}, {"PC-4.json"});
    CHECK(to_csv(fleet, ask_whether_ready(fleet, *sha256_from_hex(test::fleet_certificate), fleet_now,
                                          std::chrono::days(30))) ==
          "machine,answer,why,detail,lastReport,file\r\n"
          "PC-1,excluded,silent,last report 2026-04-22T00:00:00Z,2026-04-22T00:00:00Z,PC-1.json\r\n"
          "PC-2,no,notInStores,\"not in Root, not in TrustedPublisher\",2026-06-01T00:00:00Z,PC-2.json\r\n"
          "PC-3,yes,,,2026-06-01T00:00:00Z,PC-3.json\r\n"
          ",no,unreadable,it is no report,,PC-4.json\r\n");
}
