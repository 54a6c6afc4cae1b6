#include "agent/endpoint/live_endpoint.h"

#include "agent/platform/platform.h"
#include "tests/support/live_cycle.h"
#include "tests/support/scene.h"
#include "tests/support/scratch_machine.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <windows.h>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Result<void> as_meant(Registry& /*registry*/) { return {}; }

Error refusal(const Result<std::unique_ptr<Endpoint>>& opened) {
    REQUIRE(!opened);
    return opened.error();
}

std::string certificates_of(StoreName store) { return certificates_key(store, Location::machine); }

} // namespace

TEST_CASE("a live endpoint is called like the computer") {
    const ScratchMachine machine;
    const auto endpoint = machine.open(Use::look).value();
    CHECK(endpoint->description() == EndpointDescription{EndpointKind::live, platform::computer_name()});
}

TEST_CASE("without elevation nothing can be changed: it is said before the lock, with the way out") {
    const ScratchMachine machine;
    LiveMachine description = machine.description();
    description.elevated = false;
    bool asked = false;
    description.state_folder = [&asked]() -> Result<std::filesystem::path> {
        asked = true;
        return fail(ErrorCode::io, "never");
    };
    const Error error = refusal(open_live_machine(description, Use::change));
    CHECK(error.code == ErrorCode::access_denied);
    CHECK(error.reason == ReasonCode::access_denied);
    CHECK_THAT(error.message, ContainsSubstring("Run as administrator"));
    CHECK(!asked);
    CHECK(open_live_machine(description, Use::look));
}

TEST_CASE("looking takes no lock: a machine can be looked at while another run changes it") {
    const ScratchMachine machine;
    const auto changing = machine.open(Use::change).value();
    REQUIRE(changing->begin_changes());
    CHECK(machine.open(Use::look));
}

TEST_CASE("why the state folder cannot be used is the reason of the refusal") {
    const ScratchMachine machine;
    LiveMachine description = machine.description();
    description.state_folder = []() -> Result<std::filesystem::path> {
        return refuse(ReasonCode::state_folder_not_protected, "everybody can write there");
    };
    const Error error = refusal(open_live_machine(description, Use::change));
    CHECK(error.reason == ReasonCode::state_folder_not_protected);
    CHECK_THAT(error.message, ContainsSubstring("everybody can write there"));
}

TEST_CASE("a look leaves its history below the agent's own key only, without changes being begun") {
    const ScratchMachine machine;
    const auto endpoint = machine.open(Use::look).value();
    REQUIRE(endpoint->history() != nullptr);
    CHECK(endpoint->history()->set("WsusTrustAgent\\Status", "State", string_value("Compliant")));
    CHECK(endpoint->history()->set("Microsoft", "x", dword_value(1)).error().code ==
          ErrorCode::access_denied);
    CHECK(endpoint->registry().get("WsusTrustAgent\\Status", "State").value() == string_value("Compliant"));
    CHECK(endpoint->registry().set("WsusTrustAgent\\Status", "State", dword_value(1)).error().code ==
          ErrorCode::access_denied);
}

TEST_CASE("a look that may not write leaves no history, and still answers") {
    ScratchMachine machine;
    machine.deny("", KEY_CREATE_SUB_KEY);
    const auto endpoint = machine.open(Use::look).value();
    CHECK(endpoint->history() == nullptr);
    CHECK(endpoint->registry().list("").value().has_value());
}

TEST_CASE("a missing right is found before the first change") {
    ScratchMachine machine;
    LiveRegistry before(machine.root(), LiveWrites::everything);
    REQUIRE(before.set(certificates_of(StoreName::disallowed), "x", dword_value(1)));
    machine.deny(certificates_of(StoreName::disallowed), KEY_CREATE_SUB_KEY);
    const auto endpoint = machine.open(Use::change).value();
    const auto begun = endpoint->begin_changes();
    REQUIRE(!begun);
    CHECK(begun.error().code == ErrorCode::access_denied);
    CHECK(begun.error().reason == ReasonCode::access_denied);
    CHECK_THAT(begun.error().message, ContainsSubstring("Disallowed"));
    const StatusReport report = repair(*endpoint, settings_for(wsus()));
    CHECK(has(report, "access_denied", Severity::error));
    CHECK(before.list("Microsoft\\SystemCertificates").value()->subkeys ==
          std::vector<std::string>{"Disallowed"});
    CHECK(before.list("WsusTrustAgent").value() == std::nullopt);
}

TEST_CASE("a key that may not be read is access_denied and not absent") {
    ScratchMachine machine;
    LiveRegistry registry(machine.root(), LiveWrites::everything);
    REQUIRE(registry.set("Microsoft\\Closed", "x", dword_value(1)));
    machine.deny("Microsoft\\Closed", KEY_QUERY_VALUE);
    CHECK(registry.get("Microsoft\\Closed", "x").error().code == ErrorCode::access_denied);
    CHECK(registry.list("Microsoft\\Closed").error().code == ErrorCode::access_denied);
}

TEST_CASE("a commit hands on what the verification says, and ends the changes") {
    const ScratchMachine machine;
    const auto endpoint = machine.open(Use::change).value();
    REQUIRE(endpoint->begin_changes());
    CHECK(endpoint->begin_changes().error().code == ErrorCode::busy);
    const Error mismatch{ErrorCode::io, "not what was meant", std::nullopt, ReasonCode::not_verified};
    const auto committed =
        endpoint->commit([&](Registry&) -> Result<void> { return std::unexpected(mismatch); });
    REQUIRE(!committed);
    CHECK(committed.error() == mismatch);
    CHECK(endpoint->registry().set("A", "x", dword_value(1)).error().code == ErrorCode::access_denied);
    CHECK(endpoint->commit(as_meant).error().code == ErrorCode::access_denied);
}

TEST_CASE("a live machine is repaired, found right by the next run, and left as it was by undo") {
    const ScratchMachine machine;
    const wta::Settings settings = settings_for(wsus());
    LiveRegistry registry(machine.root());
    const StatusReport repaired = repair(*machine.open(Use::change).value(), settings);
    CHECK(codes(repaired, Severity::error).empty());
    CHECK(repaired.in_desired_state == true);
    CHECK(repaired.changes.size() == 3);
    CHECK(observe(registry).value().in_place(StoreName::root, sha256_of(wsus())));
    CHECK(observe(registry).value().in_place(StoreName::trusted_publisher, sha256_of(wsus())));
    CHECK(registry.get(policy_key, policy_value_name).value() == dword_value(1));

    const StatusReport again = repair(*machine.open(Use::change).value(), settings);
    CHECK(again.in_desired_state == true);
    CHECK(again.changes.empty());

    const StatusReport undone = undo(*machine.open(Use::change).value());
    CHECK(codes(undone, Severity::error).empty());
    CHECK(registry.list("Microsoft").value() == KeyListing{});
    CHECK(registry.list("Policies").value() == KeyListing{});
}

TEST_CASE("this machine can be looked at") {
    const auto endpoint = open_live(Use::look);
    REQUIRE(endpoint);
    CHECK((*endpoint)->registry().list("Microsoft").value().has_value());
}
