#include "common/report/status_store.h"

#include "tests/support/memory_registry.h"
#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

const Identity here{"guid-1", "HOST1"};

bool write(test::MemoryRegistry& registry, const StatusReport& report, std::size_t limit = 16'000) {
    const auto stored = write_status(registry, report, {}, here, limit);
    REQUIRE(stored);
    return *stored;
}

} // namespace

TEST_CASE("a stored report is read back whole") {
    test::MemoryRegistry registry;
    CHECK(write(registry, test::sample_report()));
    const auto read = read_status(registry, here);
    REQUIRE(read);
    REQUIRE(*read);
    CHECK(**read == test::sample_report());
}

TEST_CASE("inventory tools find flat values") {
    test::MemoryRegistry registry;
    write(registry, test::sample_report());
    CHECK(as_dword(**registry.get(status_key, "Compliant")) == 0U);
    CHECK(as_string(**registry.get(status_key, "State")) == "NonCompliant");
    CHECK(as_string(**registry.get(status_key, "Reasons")) ==
          "not_in_trusted_publisher,policy_wrong_type,tls_host_mismatch");
    CHECK(as_string(**registry.get(status_key, "Thumbprints")) == std::string(40, 'A'));
    CHECK(as_string(**registry.get(status_key, "NotAfter")) == "2030-06-01T00:00:00Z");
    write(registry, test::compliant_report());
    CHECK(as_dword(**registry.get(status_key, "Compliant")) == 1U);
    for (const ComplianceState state : {ComplianceState::not_applicable, ComplianceState::unknown}) {
        StatusReport other = test::compliant_report();
        other.state = state;
        write(registry, other);
        CHECK(as_dword(**registry.get(status_key, "Compliant")) == 0U);
    }
}

TEST_CASE("a report that is too large leaves the flat values, and status reads those") {
    test::MemoryRegistry registry;
    CHECK(write(registry, test::sample_report()));
    CHECK_FALSE(write(registry, test::sample_report(), 100));
    CHECK_FALSE(*registry.get(status_key, "Report")); // not the old one
    const auto read = read_status(registry, here);
    REQUIRE(read);
    REQUIRE(*read);
    CHECK((*read)->in_desired_state == false);
    CHECK((*read)->findings.size() == 3);
    CHECK(exit_code(**read) == 1);
}

TEST_CASE("long lists are cut and say so") {
    StatusReport report = test::sample_report();
    for (int i = 0; i < 200; ++i) {
        report.certificates.push_back(report.certificates[0]);
    }
    test::MemoryRegistry registry;
    write(registry, report);
    const std::string list = *as_string(**registry.get(status_key, "Thumbprints"));
    CHECK(list.size() <= max_status_text + 2);
    CHECK(list.ends_with("…"));
}

TEST_CASE("garbled state reads as never run, and never fails") {
    for (const char* name : {"Report", "LastCheckUtc", "Compliant", "Reasons", "MachineGuid"})
        for (const RegistryValue& garbage :
             {RegistryValue{reg_sz, Bytes(3)}, RegistryValue{99, {}}, binary_value(as_byte_view("{")),
              string_value("{"), RegistryValue{reg_sz, Bytes(40'000, std::byte{'['})}}) {
            test::MemoryRegistry registry;
            write(registry, test::sample_report());
            REQUIRE(registry.set(status_key, name, garbage));
            CHECK(read_status(registry, here));
            CHECK(read_agent_state(registry, here));
        }
    test::MemoryRegistry empty;
    const auto read = read_status(empty, here);
    REQUIRE(read);
    CHECK_FALSE(*read);
    write(empty, test::sample_report(), 10);
    REQUIRE(empty.set(status_key, "State", string_value("Splendid")));
    CHECK_FALSE(read_status(empty, here).value());
}

TEST_CASE("forged flat values cannot write to a terminal") {
    test::MemoryRegistry registry;
    write(registry, test::sample_report(), 10);
    REQUIRE(registry.set(status_key, "AgentVersion", string_value("\x1b[2J" + std::string(50'000, 'x'))));
    const StatusReport read = read_status(registry, here).value().value();
    CHECK(read.agent_version.find('\x1b') == std::string::npos);
    CHECK(read.agent_version.size() <= 2 * max_status_text);
}

TEST_CASE("a clone has no status and no times, but keeps what undo needs") {
    test::MemoryRegistry registry;
    const Timestamp when = test::sample_report().time;
    REQUIRE(write_status(registry, test::sample_report(), {when, when}, here, 16'000));
    REQUIRE(write_previous(registry, {dword_value(0)}));
    for (const Identity& clone : {Identity{"guid-2", "HOST1"}, Identity{"guid-1", "HOST2"}}) {
        CHECK_FALSE(read_status(registry, clone)->has_value());
        const auto state = read_agent_state(registry, clone);
        REQUIRE(state);
        CHECK_FALSE(state->last_look);
        CHECK(state->previous == PreviousPolicy{dword_value(0)});
    }
    CHECK(read_agent_state(registry, {"guid-1", ""})->last_look == when); // an image does not know its name
}

TEST_CASE("flat values of a compliant or not applicable run read back as that") {
    for (const ComplianceState state : {ComplianceState::compliant, ComplianceState::not_applicable}) {
        StatusReport report = test::compliant_report();
        report.state = state;
        report.findings = {to_report({.code = ReasonCode::expired, .severity = Severity::warning})};
        test::MemoryRegistry registry;
        CHECK_FALSE(write(registry, report, 10));
        const auto read = read_status(registry, here);
        REQUIRE(read);
        REQUIRE(*read);
        CHECK((*read)->state == state);
        CHECK(exit_code(**read) == 0);
        CHECK((*read)->findings.size() == 1);
    }
}

TEST_CASE("inventory tools find who sets the policy value, and that it is not known") {
    test::MemoryRegistry registry;
    StatusReport report = test::sample_report();
    write(registry, report);
    CHECK(as_string(**registry.get(status_key, "PolicySource")) == "unknown");
    report.policy_source = "domainGroupPolicy";
    write(registry, report);
    CHECK(as_string(**registry.get(status_key, "PolicySource")) == "domainGroupPolicy");
}
