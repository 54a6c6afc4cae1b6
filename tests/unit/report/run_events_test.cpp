#include "common/report/run_events.h"

#include "tests/support/memory_registry.h"
#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>

using namespace wta;
using namespace std::chrono_literals;

namespace {

std::vector<EventId> ids(const std::vector<Event>& events) {
    std::vector<EventId> out;
    for (const Event& event : events) out.push_back(event.id);
    return out;
}

StatusReport ended_with(ReasonCode code) {
    StatusReport header = test::compliant_report();
    header.in_desired_state.reset();
    return ended_early(header, {.code = code});
}

StatusReport with(StatusReport report, const Finding& finding) {
    report.findings.push_back(to_report(finding));
    return report;
}

StatusReport changed(StatusReport report, const std::string& action, Outcome outcome = Outcome::done) {
    const bool of_certificate = action.ends_with("Certificate");
    report.changes.push_back({action, of_certificate ? "Root" : R"(Policies\Microsoft\Windows\WindowsUpdate)",
                              of_certificate ? std::string(40, 'A') : "", outcome, "what was done"});
    return report;
}

StatusReport later(StatusReport report, std::chrono::seconds time) {
    report.time += time;
    return report;
}

// What is told of `report` after `told`.
std::vector<EventId> told_after(const StatusReport& told, const StatusReport& report) {
    return ids(events_of(report, events_of(told, {}).told).situation);
}

} // namespace

TEST_CASE("each outcome of a run has its event") {
    CHECK(ids(events_of(test::compliant_report(), {}).situation) == std::vector{EventId::compliant});
    CHECK(ids(events_of(test::sample_report(), {}).situation) == std::vector{EventId::not_compliant});
    const StatusReport repaired = changed(test::compliant_report(), "addCertificate");
    CHECK(ids(events_of(repaired, {}).situation) == std::vector{EventId::repaired});
    const std::vector<std::pair<ReasonCode, EventId>> reasons{
        {ReasonCode::publication_unreachable, EventId::unreachable},
        {ReasonCode::publication_changed, EventId::refused},
        {ReasonCode::not_pinned, EventId::refused},
        {ReasonCode::access_denied, EventId::access_denied},
        {ReasonCode::settings_invalid, EventId::settings_invalid},
        {ReasonCode::settings_not_protected, EventId::settings_invalid},
        {ReasonCode::change_failed, EventId::not_compliant},
        {ReasonCode::state_folder_not_protected, EventId::not_compliant}};
    for (const auto& [reason, event] : reasons)
        CHECK(ids(events_of(ended_with(reason), {}).situation) == std::vector{event});
}

TEST_CASE(
    "a run that another one kept out, and an undo or distrust that went well, have no outcome of their own") {
    CHECK(events_of(ended_with(ReasonCode::busy), {}) == RunEvents{});
    CHECK(events_of(ended_with(ReasonCode::usage_error), {}) == RunEvents{});
    StatusReport undo = changed(changed(test::compliant_report(), "removeCertificate"), "restorePolicyValue");
    undo.state = ComplianceState::unknown;
    for (const char* command : {"undo", "distrust"}) {
        undo.command = command;
        const RunEvents run = events_of(undo, {});
        CHECK(ids(run.changes) == std::vector{EventId::certificate_removed, EventId::policy_value_set});
        CHECK(run.situation.empty());
        CHECK_FALSE(run.told);
    }
}

TEST_CASE("every change that was made has its event, and no other") {
    StatusReport report = test::compliant_report();
    for (const char* action : {"addCertificate", "removeCertificate", "setPolicyValue", "removeKey"}) {
        for (const Outcome outcome : {Outcome::done, Outcome::failed, Outcome::planned, Outcome::not_tried})
            report = changed(report, action, outcome);
    }
    CHECK(ids(events_of(report, {}).changes) ==
          std::vector{EventId::certificate_added, EventId::certificate_removed, EventId::policy_value_set});
}

TEST_CASE("the strings of an event are as many as the table says, whatever is missing") {
    StatusReport report = test::sample_report();
    report = with(report, {.code = ReasonCode::expires_soon, .subject = std::string(64, 'a')});
    report = with(report, {.code = ReasonCode::expires_soon, .subject = "unknown"});
    report = with(report, {.code = ReasonCode::contested, .subject = "AcceptTrustedPublisherCerts"});
    for (const char* action : {"addCertificate", "removeCertificate", "setPolicyValue"})
        report = changed(report, action);
    report.changes.push_back({"addCertificate", "Root", std::string(40, 'F'), Outcome::done, ""});
    const RunEvents run = events_of(report, {});
    CHECK(run.changes.size() == 4);
    CHECK(run.situation.size() == 4);
    for (const auto* events : {&run.changes, &run.situation})
        for (const Event& event : *events) {
            CHECK(event.strings.size() == info(event.id).strings.size());
            CHECK(event.strings.front() == report.run_id);
            CHECK(std::ranges::none_of(event.strings, &std::string::empty));
        }
}

TEST_CASE("an event says what, why and what to do") {
    const StatusReport report = changed(test::sample_report(), "addCertificate");
    const RunEvents run = events_of(report, {});
    CHECK(run.changes.at(0).strings == std::vector<std::string>{report.run_id, "Root", std::string(40, 'A'),
                                                                std::string(64, 'a'),
                                                                "CN = WSUS Publishers Self-signed"});
    const auto& strings = run.situation.at(0).strings;
    CHECK(strings.at(1) == "repair");
    CHECK(strings.at(2) == "NonCompliant");
    CHECK(strings.at(3) == "not_in_trusted_publisher,policy_wrong_type,tls_host_mismatch");
    CHECK(
        strings.at(4).starts_with("not_in_trusted_publisher " + std::string(64, 'a') + ": The certificate"));
    CHECK(strings.at(5) == report.findings.at(0).remedy);
}

TEST_CASE("the finding that gives the exit code is told, not the first one") {
    StatusReport report =
        with(test::sample_report(), {.code = ReasonCode::publication_unreachable, .subject = "the one"});
    CHECK(
        events_of(report, {}).situation.at(0).strings.at(4).starts_with("publication_unreachable the one:"));
}

TEST_CASE("each certificate that ends and each contested subject has an event of its own") {
    StatusReport report = test::compliant_report();
    report = with(report, {.code = ReasonCode::expires_soon, .subject = std::string(64, 'a')});
    report = with(report, {.code = ReasonCode::expired, .severity = Severity::warning, .subject = "b"});
    report = with(report, {.code = ReasonCode::contested,
                           .severity = Severity::warning,
                           .subject = "AcceptTrustedPublisherCerts",
                           .owner = "domainGroupPolicy"});
    const RunEvents run = events_of(report, {});
    CHECK(ids(run.situation) == std::vector{EventId::compliant, EventId::certificate_expires_soon,
                                            EventId::certificate_expires_soon, EventId::contested});
    CHECK(run.situation.at(1).strings.at(4) == "2030-06-01T00:00:00Z");
    CHECK(run.situation.at(3).strings.at(2) == "domainGroupPolicy");
}

TEST_CASE("an unchanged situation is told once a day") {
    const StatusReport first = test::sample_report();
    CHECK(told_after(first, later(first, 4h)).empty());
    CHECK(told_after(first, later(first, 24h - 1s)).empty());
    CHECK(told_after(first, later(first, 24h)) == std::vector{EventId::not_compliant});
    StatusReport other = later(first, 4h);
    other.run_id = "another";
    other.findings.at(0).message = "Another sentence.";
    other.findings.pop_back(); // an info
    CHECK(told_after(first, other).empty());
}

TEST_CASE("a thousand runs of a machine that stays as it is tell it once a day") {
    std::optional<LastTold> last;
    std::size_t events = 0;
    for (int run = 0; run < 1'000; ++run) {
        const RunEvents told = events_of(later(test::compliant_report(), run * 1h), last);
        events += told.situation.size();
        if (told.told) last = told.told;
    }
    CHECK(events == 42); // 1,000 hours
}

TEST_CASE("another outcome, another finding, another owner, another machine are told at once") {
    const StatusReport first = test::sample_report();
    CHECK_FALSE(told_after(first, test::compliant_report()).empty());
    CHECK_FALSE(told_after(first, with(first, {.code = ReasonCode::disallowed})).empty());
    StatusReport owned = first;
    owned.findings.at(0).owner = "mdm";
    CHECK_FALSE(told_after(first, owned).empty());
    StatusReport fewer = first;
    fewer.findings.erase(fewer.findings.begin());
    CHECK_FALSE(told_after(first, fewer).empty());
    StatusReport clone = first;
    clone.endpoint_name = "CLONE";
    CHECK_FALSE(told_after(first, clone).empty());
}

TEST_CASE("a run that changed something is told, however often") {
    const StatusReport repaired = changed(test::compliant_report(), "setPolicyValue");
    CHECK(told_after(repaired, later(repaired, 1min)) == std::vector{EventId::repaired});
    CHECK(told_after(repaired, later(test::compliant_report(), 1min)) == std::vector{EventId::compliant});
}

TEST_CASE("threat 13: after the clock was set back the situation is told") {
    const StatusReport first = test::sample_report();
    CHECK_FALSE(told_after(first, later(first, -1s)).empty());
    CHECK_FALSE(told_after(first, later(first, -24h * 365 * 20)).empty());
}

TEST_CASE("what was told last is read back") {
    test::MemoryRegistry registry;
    CHECK_FALSE(read_last_told(registry));
    const LastTold told = *events_of(test::sample_report(), {}).told;
    REQUIRE(write_last_told(registry, told));
    CHECK(read_last_told(registry) == told);
}

TEST_CASE("threat 24: a garbled memory of events reads as none") {
    for (const RegistryValue& garbage :
         {RegistryValue{reg_sz, Bytes(3)}, RegistryValue{99, {}}, binary_value(as_byte_view("{")),
          dword_value(7), string_value(""), string_value("2026-06-01T00:00:00Z"),
          string_value("yesterday " + std::string(64, 'a')),
          RegistryValue{reg_sz, Bytes(40'000, std::byte{' '})}}) {
        test::MemoryRegistry registry;
        REQUIRE(registry.set(events_key, "Told", garbage));
        CHECK_FALSE(read_last_told(registry));
    }
    test::MemoryRegistry denied;
    denied.fail_call(1, {.code = ErrorCode::access_denied, .message = "denied"});
    CHECK_FALSE(read_last_told(denied));
}

TEST_CASE("each receiver that takes no reports has an event of its own, once a day") {
    StatusReport report = with(test::compliant_report(), {.code = ReasonCode::report_not_delivered,
                                                          .subject = "https",
                                                          .detail = "Reports are not taken: nobody is there.",
                                                          .actual = "since 2026-06-01T00:00:00Z"});
    const RunEvents run = events_of(report, std::nullopt);
    REQUIRE(run.situation.size() == 2);
    CHECK(run.situation[1] == Event{EventId::report_not_delivered,
                                    {report.run_id, "https", "Reports are not taken: nobody is there.",
                                     "since 2026-06-01T00:00:00Z"}});
    CHECK(events_of(report, run.told).situation.empty());
}
