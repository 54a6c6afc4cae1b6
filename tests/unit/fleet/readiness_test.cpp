#include "common/fleet/readiness.h"

#include "tests/support/sample_fleet.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::fleet_now;
using test::machine_report;
using test::withdrawn_report;

namespace {

const Sha256 asked_for = *sha256_from_hex(test::fleet_certificate);

FleetAnswer ready(const std::vector<StatusReport>& reports, const std::vector<std::string>& unreadable = {}) {
    return ask_whether_ready(test::fleet_of(reports, unreadable), asked_for, fleet_now, std::nullopt);
}

FleetAnswer gone(const std::vector<StatusReport>& reports, const std::vector<std::string>& unreadable = {}) {
    return ask_whether_gone(test::fleet_of(reports, unreadable), asked_for);
}

// The answer of a fleet of one machine that is right but for what `change` does to its report.
template <class Ask, class Change>
MachineAnswer one(Ask ask, StatusReport report, Change change) {
    change(report);
    const FleetAnswer answer = ask({report}, {});
    CHECK(answer.proven() == (answer.machines.front().obstacle == Obstacle::none));
    return answer.machines.front();
}

template <class Change>
MachineAnswer ready_after(Change change) {
    return one(ready, machine_report("PC-1"), change);
}

template <class Change>
MachineAnswer gone_after(Change change) {
    return one(gone, withdrawn_report("PC-1"), change);
}

} // namespace

TEST_CASE("a fleet is ready when every machine holds the certificate in every store that it requires") {
    const FleetAnswer answer = ready({machine_report("PC-1"), machine_report("PC-2")});
    CHECK(answer.proven());
    CHECK(answer.yes == 2);
}

TEST_CASE("one machine that lacks it in one store makes the fleet not ready") {
    StatusReport lacking = machine_report("PC-2");
    lacking.certificates.front().stores.pop_back();
    const FleetAnswer answer = ready({machine_report("PC-1"), lacking});
    CHECK_FALSE(answer.proven());
    CHECK((answer.yes == 1 && answer.no == 1));
    CHECK(answer.machines[1] == MachineAnswer{1, Obstacle::not_in_stores, "not in TrustedPublisher"});
}

TEST_CASE("why a machine is not ready") {
    CHECK(ready_after([](StatusReport&) {}).obstacle == Obstacle::none);
    CHECK(ready_after([](StatusReport& r) { r.certificates.clear(); }).obstacle == Obstacle::not_reported);
    CHECK(ready_after([](StatusReport& r) { r.in_desired_state.reset(); }).obstacle ==
          Obstacle::nothing_observed);
    CHECK(ready_after([](StatusReport& r) { r.certificates.front().stores.clear(); }) ==
          MachineAnswer{0, Obstacle::not_in_stores, "not in Root, not in TrustedPublisher"});
    CHECK(ready_after([](StatusReport& r) {
              r.certificates.front().stores.erase(r.certificates.front().stores.begin());
          }) == MachineAnswer{0, Obstacle::not_in_stores, "not in Root"});
    CHECK(ready_after([](StatusReport& r) {
              r.certificates.front().stores.push_back({"Disallowed", "groupPolicy", false});
          }) == MachineAnswer{0, Obstacle::disallowed, "in Disallowed (groupPolicy)"});
    CHECK(ready_after([](StatusReport& r) {
              r.certificates.front().required.emplace_back("Enclave");
          }).obstacle == Obstacle::not_in_stores);
}

TEST_CASE("an error about the certificate makes a machine not ready, one about something else does not") {
    const auto with_error = [](std::string subject, Severity severity) {
        return ready_after([&](StatusReport& r) {
            r.findings = {{"issuer_not_trusted", severity, subject, "m", "", "", "r"}};
        });
    };
    CHECK(with_error(test::fleet_certificate, Severity::error) ==
          MachineAnswer{0, Obstacle::not_usable, "issuer_not_trusted"});
    CHECK(with_error(test::fleet_certificate, Severity::warning).obstacle == Obstacle::none);
    CHECK(with_error("AcceptTrustedPublisherCerts", Severity::error).obstacle == Obstacle::none);
}

TEST_CASE("where a report requires no store, the kind of the certificate does") {
    const auto in = [](std::optional<bool> self_signed, std::vector<StorePlace> stores) {
        return ready_after([&](StatusReport& r) {
                   r.certificates.front().required.clear();
                   r.certificates.front().self_signed = self_signed;
                   r.certificates.front().stores = std::move(stores);
               })
            .obstacle;
    };
    const StorePlace root{"Root", "machine", true};
    const StorePlace publisher{"TrustedPublisher", "machine", true};
    CHECK(in(true, {root, publisher}) == Obstacle::none);
    CHECK(in(true, {publisher}) == Obstacle::not_in_stores);
    CHECK(in(false, {publisher}) == Obstacle::none);
    CHECK(in(std::nullopt, {publisher}) == Obstacle::not_in_stores);
}

TEST_CASE("a file that could not be read proves nothing, for either question") {
    CHECK_FALSE(ready({machine_report("PC-1")}, {"PC-2.json"}).proven());
    CHECK_FALSE(gone({withdrawn_report("PC-1")}, {"PC-2.json"}).proven());
}

TEST_CASE("no reports prove nothing, for either question") {
    CHECK_FALSE(ready({}).proven());
    CHECK_FALSE(gone({}).proven());
}

TEST_CASE("silent machines are left out only when that is asked for, and then named") {
    StatusReport silent = machine_report("PC-2");
    silent.time = fleet_now - std::chrono::days(31);
    silent.certificates.clear();
    const Fleet fleet = test::fleet_of({machine_report("PC-1"), silent});
    CHECK_FALSE(ask_whether_ready(fleet, asked_for, fleet_now, std::nullopt).proven());
    const FleetAnswer answer = ask_whether_ready(fleet, asked_for, fleet_now, std::chrono::days(30));
    CHECK(answer.proven());
    CHECK((answer.yes == 1 && answer.excluded == 1));
    CHECK(answer.machines[1].obstacle == Obstacle::silent);
}

TEST_CASE("when all machines are left out, nothing is proven") {
    const Fleet fleet = test::fleet_of({machine_report("PC-1")});
    CHECK_FALSE(ask_whether_ready(fleet, asked_for, fleet_now, std::chrono::hours(1)).proven());
}

TEST_CASE("a certificate is gone when every machine withdrew it and none trusts it") {
    StatusReport distrusted = withdrawn_report("PC-2");
    distrusted.certificates.front().state = "distrusted";
    distrusted.certificates.front().stores = {{"Disallowed", "machine", true}};
    const FleetAnswer answer = gone({withdrawn_report("PC-1"), distrusted});
    CHECK(answer.proven());
    CHECK(answer.yes == 2);
}

TEST_CASE("a copy in any store and location that gives trust is not gone") {
    for (const auto* store : {"Root", "TrustedPublisher"})
        for (const auto* location : {"machine", "groupPolicy", "enterprise", "a place of a later version"})
            CHECK(gone_after([&](StatusReport& r) {
                      r.certificates.front().stores = {{store, location, false}};
                  }).obstacle == Obstacle::still_trusted);
    CHECK(gone_after([](StatusReport& r) {
              r.certificates.front().stores = {{"Root", "groupPolicy", false}, {"Root", "machine", false}};
          }) == MachineAnswer{0, Obstacle::still_trusted, "in Root, Root (groupPolicy)"});
}

TEST_CASE("a machine that was not asked about a certificate proves nothing about it") {
    CHECK(gone_after([](StatusReport& r) { r.certificates.clear(); }).obstacle == Obstacle::not_asked);
    CHECK(gone_after([](StatusReport& r) { r.in_desired_state.reset(); }).obstacle ==
          Obstacle::nothing_observed);
    for (const auto* state : {"trusted", "notConfigured", "a word of a later version"})
        CHECK(gone_after([&](StatusReport& r) { r.certificates.front().state = state; }).obstacle ==
              Obstacle::not_asked);
}

TEST_CASE("a digest in upper case is the same certificate") {
    CHECK(gone_after([](StatusReport& r) {
              r.certificates.front().sha256 = std::string(64, 'A');
              r.certificates.front().stores = {{"Root", "machine", false}};
          }).obstacle == Obstacle::still_trusted);
}
