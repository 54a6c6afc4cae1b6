#include "common/report/report_mark.h"

#include "common/report/codes.h"
#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <utility>

using namespace wta;
using namespace std::chrono_literals;

namespace {

constexpr Heartbeat daily{24h, 5h};

// A live machine that is as it should be.
StatusReport report_at(Timestamp time) {
    StatusReport report = test::sample_report();
    report.endpoint_kind = "live";
    report.command = "repair";
    report.findings.clear();
    report.changes.clear();
    report.in_desired_state = true;
    report.state = ComplianceState::compliant;
    report.what_if = false;
    report.time = time;
    return report;
}

constexpr Timestamp noon = std::chrono::sys_days(std::chrono::year{2026} / 11 / 27) + 12h;

LastReported reported(const StatusReport& report) { return {report_mark(report), report.time}; }

} // namespace

TEST_CASE("the mark tells every change of the endpoint from the next") {
    const StatusReport report = report_at(noon);
    const std::vector<std::pair<const char*, std::function<void(StatusReport&)>>> changes{
        {"state", [](StatusReport& r) { r.state = ComplianceState::non_compliant; }},
        {"mode", [](StatusReport& r) { r.mode = "audit"; }},
        {"version", [](StatusReport& r) { r.agent_version = "9.9.9"; }},
        {"settings", [](StatusReport& r) { r.settings_digest = "x"; }},
        {"owner of the policy", [](StatusReport& r) { r.policy_source = "mdm"; }},
        {"policy value", [](StatusReport& r) { r.actual_state->policy_value = "REG_DWORD 0"; }},
        {"finding",
         [](StatusReport& r) { r.findings.push_back(to_report({.code = ReasonCode::expires_soon})); }},
        {"certificate gone", [](StatusReport& r) { r.certificates.pop_back(); }},
        {"its store", [](StatusReport& r) { r.certificates.front().stores.clear(); }},
        {"its note", [](StatusReport& r) { r.certificates.front().note = "other"; }},
        {"its limit", [](StatusReport& r) { r.certificates.front().restricted ^= true; }},
    };
    for (const auto& [what, change] : changes) {
        StatusReport changed = report;
        change(changed);
        INFO(what);
        CHECK(report_mark(changed) != report_mark(report));
    }
}

TEST_CASE("the mark does not see what differs in each run") {
    const StatusReport report = report_at(noon);
    StatusReport later = report_at(noon + 4h);
    later.run_id = "01900000-0000-7000-8000-000000000009";
    later.command = "check";
    CHECK(report_mark(later) == report_mark(report));
    StatusReport counting = report;
    counting.findings.push_back(
        to_report({.code = ReasonCode::expires_soon, .subject = "x", .detail = "in 89 days"}));
    StatusReport counted = report;
    counted.findings.push_back(
        to_report({.code = ReasonCode::expires_soon, .subject = "x", .detail = "in 88 days"}));
    CHECK(report_mark(counting) == report_mark(counted));
}

TEST_CASE("an outage of a receiver is no change of the machine") {
    const StatusReport report = report_at(noon);
    for (const CodeInfo& row : all_codes()) {
        if (!is_about_reporting(row.code)) continue;
        StatusReport told = report;
        told.findings.push_back(to_report({.code = row.code, .subject = "https"}));
        INFO(row.name);
        CHECK(report_mark(told) == report_mark(report));
        CHECK(row.severity == Severity::warning); // nor is the machine less compliant for it
    }
}

TEST_CASE("a state that stays the same is reported once in each heartbeat, at the machine's own time") {
    const LastReported last = reported(report_at(noon));
    for (const auto later : {0h, 1h, 16h})
        CHECK_FALSE(is_worth_reporting(report_at(noon + later), last, daily));
    CHECK(is_worth_reporting(report_at(noon + 17h), last, daily)); // 05:00
    const LastReported next = reported(report_at(noon + 17h));
    CHECK_FALSE(is_worth_reporting(report_at(noon + 40h), next, daily));
    CHECK(is_worth_reporting(report_at(noon + 41h), next, daily));
    CHECK(is_worth_reporting(report_at(noon + 24h * 365), next, daily));
}

TEST_CASE("what is new is reported at once") {
    const StatusReport same = report_at(noon + 1h);
    const LastReported last = reported(report_at(noon));
    CHECK(is_worth_reporting(same, std::nullopt, daily));
    StatusReport changed = same;
    changed.state = ComplianceState::non_compliant;
    CHECK(is_worth_reporting(changed, last, daily));
    for (const Outcome outcome : {Outcome::done, Outcome::failed, Outcome::not_tried}) {
        changed = same;
        changed.changes.push_back(
            {.action = "setPolicyValue", .store = "x", .thumbprint = {}, .outcome = outcome, .detail = {}});
        CHECK(is_worth_reporting(changed, last, daily));
    }
    for (const auto* command : {"undo", "distrust"}) {
        changed = same;
        changed.command = command;
        CHECK(is_worth_reporting(changed, last, daily));
    }
    changed = same;
    changed.endpoint_kind = "image";
    CHECK(is_worth_reporting(changed, last, daily));
}

TEST_CASE("an audit that plans the same again and again is not new") {
    StatusReport planned = report_at(noon);
    planned.changes.push_back({.action = "setPolicyValue",
                               .store = "x",
                               .thumbprint = {},
                               .outcome = Outcome::planned,
                               .detail = {}});
    const LastReported last = reported(planned);
    planned.time += 1h;
    CHECK_FALSE(is_worth_reporting(planned, last, daily));
}

TEST_CASE("a question, and a run that found another one at work, are never reported") {
    StatusReport asked = report_at(noon);
    asked.what_if = true;
    CHECK_FALSE(is_worth_reporting(asked, std::nullopt, daily));
    const StatusReport busy = ended_early(report_at(noon), {.code = ReasonCode::busy});
    CHECK_FALSE(is_worth_reporting(busy, std::nullopt, daily));
}

TEST_CASE("a clock that was set back keeps no machine silent") {
    const LastReported future = reported(report_at(noon + 24h * 3'650));
    CHECK(is_worth_reporting(report_at(noon), future, daily));
}

TEST_CASE("heartbeats before 1970 are heartbeats") {
    const Timestamp early{-std::chrono::hours{10}};
    const LastReported last = reported(report_at(early));
    CHECK_FALSE(is_worth_reporting(report_at(early + 14h), last, daily)); // 04:00
    CHECK(is_worth_reporting(report_at(early + 15h), last, daily));
}
