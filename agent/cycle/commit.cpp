#include "agent/cycle/commit.h"

#include "common/report/codes.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace wta {
namespace {

// What is so on the endpoint was observed, and no failure around it makes it different.
void add_finding(StatusReport& report, const Finding& finding) {
    ReportFinding added = to_report(finding);
    if (std::ranges::find(report.findings, added) != report.findings.end()) return;
    const auto place = std::ranges::find_if(
        report.findings, [&](const ReportFinding& other) { return other.severity <= added.severity; });
    report.findings.insert(place, std::move(added));
}

void list_changes(StatusReport& report, const Plan& plan, Outcome outcome, const std::string& detail = {}) {
    report.changes.clear();
    for (const Change& change : plan.changes) report.changes.push_back(to_report(change, outcome, detail));
}

StatusReport nothing_changed(StatusReport before, const Plan& plan, const Error& error,
                             EndpointKind endpoint) {
    list_changes(before, plan, Outcome::not_tried);
    add_finding(before, to_finding(error, endpoint));
    return before;
}

// A live machine has been changed by now, so this is not the end of a run that changed nothing.
Finding after_changes(const Error& error) {
    Finding finding = to_finding(error, EndpointKind::live);
    if (error.code != ErrorCode::access_denied) finding.code = ReasonCode::change_failed;
    return finding;
}

// Something was changed, and nobody knows what is so now.
void say_not_verified(StatusReport& report, const Error& error) {
    report.in_desired_state.reset();
    report.state = ComplianceState::unknown;
    Finding finding = to_finding(error, EndpointKind::live);
    finding.code = ReasonCode::not_verified;
    add_finding(report, finding);
}

void list_outcomes(StatusReport& report, const Plan& plan, const Applied& applied, EndpointKind endpoint) {
    report.changes.clear();
    for (std::size_t i = 0; i < plan.changes.size(); ++i) {
        const Applied::One& one = applied.changes.at(i);
        if (one.outcome == Applied::Outcome::not_needed) continue;
        const bool failed = one.outcome == Applied::Outcome::failed;
        report.changes.push_back(to_report(plan.changes[i], failed ? Outcome::failed : Outcome::done,
                                           failed ? one.error.message : std::string()));
        if (!failed) continue;
        const ReportChange& change = report.changes.back();
        Finding finding = to_finding(one.error, endpoint);
        if (one.error.code != ErrorCode::access_denied) finding.code = ReasonCode::change_failed;
        finding.subject = change.thumbprint;
        finding.detail = fmt::format("{} {}: {}", change.action, change.store, one.error.message);
        finding.severity = Severity::error;
        add_finding(report, finding);
    }
}

// Two observations of the same content; the chains are derived and the order of keys is the endpoint's.
bool same_content(ObservedState a, ObservedState b) {
    const auto by_place = [](const StoreEntry& x, const StoreEntry& y) {
        return std::tie(x.store, x.location, x.key_name) < std::tie(y.store, y.location, y.key_name);
    };
    std::ranges::sort(a.entries, by_place);
    std::ranges::sort(b.entries, by_place);
    return a.entries == b.entries && a.policy_value == b.policy_value;
}

Result<void> verify(Registry& written, const ObservedState& meant) {
    auto observed = observe(written);
    if (!observed) return within_context("read the result", observed.error());
    if (!same_content(*observed, meant))
        return fail(ErrorCode::io, "the result does not hold what was written");
    return {};
}

bool went_well(const StatusReport& report) {
    return std::ranges::none_of(
        report.findings, [](const ReportFinding& finding) { return finding.severity == Severity::error; });
}

// An image is committed as a whole or not at all; a live machine has been changed by now, whatever goes wrong
// here.
StatusReport store_and_commit(StatusReport report, const Plan& plan, Endpoint& endpoint,
                              const StatusReport& before, const CarryOut& how, const Steps& steps) {
    const EndpointKind kind = endpoint.description().kind;
    const bool image = kind == EndpointKind::image;
    const auto stored =
        write_status(endpoint.registry(), report, how.times, how.identity, report_limit(kind));
    if (!stored && image) return nothing_changed(before, plan, stored.error(), kind);
    if (!stored)
        add_finding(report, after_changes(stored.error()));
    else if (!*stored)
        add_finding(report, {.code = ReasonCode::report_not_stored});
    if (went_well(report)) {
        const auto forgotten = steps.forget(endpoint.registry());
        if (!forgotten && image) return nothing_changed(before, plan, forgotten.error(), kind);
        if (!forgotten) add_finding(report, after_changes(forgotten.error()));
    }
    const auto meant = observe(endpoint.registry());
    if (!meant && image) return nothing_changed(before, plan, meant.error(), kind);
    const auto committed = endpoint.commit([&](Registry& result) -> Result<void> {
        if (!meant) return std::unexpected(meant.error());
        return verify(result, *meant);
    });
    if (committed) return report;
    if (image && committed.error().reason != ReasonCode::not_verified)
        return nothing_changed(before, plan, committed.error(), kind);
    say_not_verified(report, committed.error());
    return report;
}

// Whether two changes are the same but for what they found before them.
bool same_change(const Change& a, const Change& b) {
    if (std::holds_alternative<SetPolicyValue>(a) || std::holds_alternative<RestorePolicyValue>(a))
        return a.index() == b.index();
    return a == b;
}

} // namespace

std::size_t report_limit(EndpointKind endpoint) {
    constexpr std::size_t image =
        16'000; // Windows expects larger values in a form that libhivex does not write
    constexpr std::size_t live = 1024 * 1024;
    return endpoint == EndpointKind::image ? image : live;
}

StatusReport carry_out(const Plan& plan, Endpoint& endpoint, const StatusReport& before, const CarryOut& how,
                       const Steps& steps) {
    const EndpointKind kind = endpoint.description().kind;
    if (const auto ready = endpoint.begin_changes(); !ready)
        return nothing_changed(before, plan, ready.error(), kind);
    Registry& registry = endpoint.registry();
    if (const auto done = remember_before(plan, how.state, registry); !done)
        return nothing_changed(before, plan, done.error(), kind);
    if (const auto done = steps.remember(registry); !done)
        return nothing_changed(before, plan, done.error(), kind);
    const Applied applied = apply(plan, endpoint);
    if (kind == EndpointKind::image && applied.any_failed()) { // all or nothing: the image stays as it was
        StatusReport report = before;
        list_outcomes(report, plan, applied, kind);
        for (ReportChange& change : report.changes)
            if (change.outcome == Outcome::done) change.outcome = Outcome::not_tried;
        return report;
    }
    const auto written = steps.write_state(registry, applied);
    CarryOut finish = how;
    if (!written) finish.times.last_look = how.state.last_look; // what was found is not kept: look again
    StatusReport report = how.request.header;
    const auto observed = steps.observe_again(report, applied);
    if (kind == EndpointKind::image && !(written && observed))
        return nothing_changed(before, plan, written ? observed.error() : written.error(), kind);
    if (!observed) say_not_verified(report, observed.error());
    list_outcomes(report, plan, applied, kind);
    if (!written) add_finding(report, after_changes(written.error()));
    return store_and_commit(std::move(report), plan, endpoint, before, finish, steps);
}

std::vector<Finding> unverified(const Plan& plan, const Applied& applied, const Plan& remaining) {
    std::vector<Finding> findings;
    for (const Change& change : remaining.changes) {
        const auto planned = std::ranges::find_if(
            plan.changes, [&change](const Change& made) { return same_change(made, change); });
        if (planned == plan.changes.end()) continue;
        const auto place = static_cast<std::size_t>(planned - plan.changes.begin());
        if (applied.changes.at(place).outcome != Applied::Outcome::done) continue;
        const ReportChange text = to_report(change, Outcome::failed);
        const bool policy = std::holds_alternative<SetPolicyValue>(change);
        findings.push_back(
            {.code = policy ? ReasonCode::policy_conflict : ReasonCode::not_verified,
             .subject = policy ? std::string(policy_value_name) : text.thumbprint,
             .detail = fmt::format("The change was made, but is not there when one looks again: {} {}.",
                                   text.action, text.store)});
    }
    return findings;
}

} // namespace wta
