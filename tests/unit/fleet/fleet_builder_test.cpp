#include "common/fleet/fleet_builder.h"

#include "tests/support/sample_fleet.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::fleet_now;
using test::machine_report;

namespace {

Fleet of_files(const std::vector<std::pair<std::string, StatusReport>>& files) {
    FleetBuilder builder(fleet_now);
    for (const auto& [file, report] : files) builder.add(file, report);
    return std::move(builder).finish();
}

} // namespace

TEST_CASE("of two reports of one machine the newer counts, whatever their order") {
    StatusReport older = machine_report("PC-1");
    older.time -= std::chrono::hours(1);
    older.run_id = "z";
    older.state = ComplianceState::non_compliant;
    const StatusReport newer = machine_report("PC-1");
    for (const Fleet& fleet : {test::fleet_of({older, newer}), test::fleet_of({newer, older})}) {
        REQUIRE(fleet.machines.size() == 1);
        CHECK(fleet.machines.front().state == ComplianceState::compliant);
        CHECK(fleet.superseded == 1);
        CHECK(fleet.files == 2);
    }
}

TEST_CASE("of two reports of the same second the larger run id counts") {
    StatusReport first = machine_report("PC-1");
    first.run_id = "019303f0-0000-7000-8000-000000000001";
    StatusReport second = first;
    second.run_id.back() = '2';
    for (const Fleet& fleet : {test::fleet_of({first, second}), test::fleet_of({second, first})})
        CHECK(fleet.machines.front().run_id == second.run_id);
}

TEST_CASE("a file that is no report is unreadable, with its reason, and counted") {
    const Fleet fleet = test::fleet_of({machine_report("PC-1")}, {"PC-2.json"});
    CHECK(fleet.files == 2);
    CHECK(fleet.machines.size() == 1);
    CHECK(fleet.unreadable == std::vector<UnreadableFile>{{"PC-2.json", "it is no report"}});
}

TEST_CASE("a report that cannot be judged is unreadable, not a machine") {
    StatusReport timeless = machine_report("PC-1");
    timeless.time = {};
    StatusReport ahead = machine_report("PC-2");
    ahead.time = fleet_now + std::chrono::hours(25);
    StatusReport no_digest = machine_report("PC-3");
    no_digest.certificates.front().sha256 = "5f2b";
    StatusReport twice = machine_report("PC-4");
    twice.certificates.push_back(twice.certificates.front());
    twice.certificates.back().stores.clear();
    const Fleet fleet = test::fleet_of({timeless, ahead, no_digest, twice});
    CHECK(fleet.machines.empty());
    REQUIRE(fleet.unreadable.size() == 4);
    CHECK(fleet.unreadable[0].why.contains("no time"));
    CHECK(fleet.unreadable[1].why.contains("clock"));
    CHECK(fleet.unreadable[2].why.contains("\"5f2b\""));
    CHECK(fleet.unreadable[3].why.contains("twice"));
}

TEST_CASE("a clock that is a day ahead is borne") {
    StatusReport ahead = machine_report("PC-2");
    ahead.time = fleet_now + std::chrono::hours(24);
    CHECK(test::fleet_of({ahead}).machines.size() == 1);
}

TEST_CASE("a report that only tried out a delivery says nothing of its machine") {
    StatusReport newer = machine_report("PC-1");
    newer.command = "test";
    newer.time += std::chrono::hours(1);
    newer.state = ComplianceState::unknown;
    const Fleet fleet = test::fleet_of({machine_report("PC-1"), newer});
    CHECK(fleet.tests == 1);
    CHECK(fleet.superseded == 0);
    REQUIRE(fleet.machines.size() == 1);
    CHECK(fleet.machines.front().state == ComplianceState::compliant);
}

TEST_CASE("a report that names no machine is of the one that its file is called after") {
    StatusReport early = machine_report("");
    early.endpoint_kind.clear();
    const Fleet fleet = of_files({{"PC-7.example.com.json", early}});
    REQUIRE(fleet.machines.size() == 1);
    CHECK(fleet.machines.front().name == "PC-7.example.com");
}

TEST_CASE("machines stand by name, and keep texts that they share once") {
    const Fleet fleet = test::fleet_of({machine_report("PC-2"), machine_report("PC-1")});
    CHECK(fleet.machines[0].name == "PC-1");
    CHECK(fleet.certificates.size() == 1);
    CHECK(fleet.machines[0].version == fleet.machines[1].version);
    CHECK(fleet.words[fleet.machines[0].version] == "1.2.3");
}

TEST_CASE("what a report does not know of a certificate another one does") {
    StatusReport without = machine_report("PC-1");
    without.certificates.front().subject.clear();
    without.certificates.front().not_after.reset();
    const Fleet fleet = test::fleet_of({without, machine_report("PC-2")});
    CHECK(fleet.certificates.front().subject == "CN = WSUS Publishers Self-signed");
    CHECK(fleet.certificates.front().not_after.has_value());
}

TEST_CASE("names of files and machines are one printable line") {
    const Fleet fleet = of_files(
        {{"a\nb.json", machine_report("PC\x1b[31m\xE2\x80\xAE")}, {"\xFF.json", machine_report("")}});
    CHECK(fleet.machines[0].name == R"(PC\x1B[31m\u{202E})");
    CHECK(fleet.machines[0].file == R"(a\x0Ab.json)");
    CHECK(fleet.machines[1].name == R"(\xFF)");
}

TEST_CASE("each store and location is told apart") {
    StatusReport report = machine_report("PC-1");
    report.certificates.front().stores = {{"Root", "enterprise", false},
                                          {"Root", "groupPolicy", false},
                                          {"Disallowed", "somewhere", false},
                                          {"CA", "machine", false}};
    const FleetPlaces places = test::fleet_of({report}).machines.front().certificates.front().places;
    CHECK(places.describe(FleetStore::root) == "Root (groupPolicy), Root (enterprise)");
    CHECK(places.describe(FleetStore::trusted_publisher).empty());
    CHECK(places.describe(FleetStore::disallowed) == "Disallowed (elsewhere)");
    CHECK(places.trusted());
}
