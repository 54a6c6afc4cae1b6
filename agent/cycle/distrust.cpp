#include "agent/cycle/distrust.h"

#include "agent/cycle/commit.h"
#include "agent/cycle/obtain.h"
#include "common/trust/plan.h"
#include "common/trust/tombstones.h"

#include <algorithm>

namespace wta {
namespace {

struct Look {
    ObservedState observed;
    Identity identity;
    AgentState state;
    std::optional<Tombstone> tombstone;
    std::optional<CachedCertificate> cached;
    bool in_cache = false; // whatever it is that stands there under that digest
};

Result<Look> look_at(Endpoint& endpoint, const CycleRequest& request, const Sha256& sha256) {
    Registry& registry = endpoint.registry();
    Look look;
    auto observed = observe(registry);
    if (!observed) return std::unexpected(observed.error());
    look.observed = *std::move(observed);
    look.identity = {look.observed.machine_guid, request.computer_name};
    auto state = read_agent_state(registry, look.identity);
    if (!state) return within_context("read the state of the agent", state.error());
    look.state = *std::move(state);
    auto tombstone = read_tombstone(registry, sha256);
    if (!tombstone) return within_context("read what was distrusted by hand", tombstone.error());
    look.tombstone = *std::move(tombstone);
    auto cached = read_cached(registry, sha256);
    if (!cached) return within_context("read the cache", cached.error());
    look.cached = *std::move(cached);
    const auto digests = list_cached(registry);
    if (!digests) return within_context("read the cache", digests.error());
    look.in_cache = std::ranges::find(*digests, sha256) != digests->end();
    return look;
}

// One entry, as settings would have it that call it distrusted.
DesiredState desired_state(const Distrust& what, const Look& look, Timestamp now) {
    Settings settings;
    settings.accept_trusted_publisher_certs.value = false; // the policy value is no business of this
    CertificateSettings entry;
    entry.sha256 = what.sha256;
    entry.state = CertificateState::distrusted;
    settings.certificates.push_back(std::move(entry));
    Obtained obtained{.der = look.observed.bytes_of(what.sha256), .published = {}};
    if (!obtained.der) obtained.der = what.der;
    if (!obtained.der && look.cached) {
        obtained.der = look.cached->der;
        obtained.from_cache = true;
    }
    return decide(settings, {obtained}, now);
}

// Complete; an id that can be read stays.
Tombstone wanted_tombstone(const CycleRequest& request, const Distrust& what,
                           const std::optional<Tombstone>& present) {
    Tombstone wanted = present.value_or(Tombstone{.sha256 = what.sha256, .id = {}, .time = {}});
    if (!wanted.id) wanted.id = request.header.run_id;
    if (!wanted.time) wanted.time = request.now;
    return wanted;
}

Plan plan_of(const CycleRequest& request, const Distrust& what, const DesiredState& desired,
             const ObservedState& observed, const std::optional<Tombstone>& tombstone) {
    Plan plan = plan_repair(desired, observed);
    if (!tombstone || !tombstone->complete())
        plan.changes.insert(plan.changes.begin(), WriteTombstone{wanted_tombstone(request, what, tombstone)});
    return plan;
}

// What is so of this certificate, and nothing else: who asks is not told about the rest of the machine.
std::vector<Finding> findings_of(const Distrust& what, const DesiredState& desired,
                                 const ObservedState& observed, Timestamp now) {
    const std::string subject = to_string(what.sha256);
    std::vector<Finding> findings = assess(desired, observed, now);
    std::erase_if(findings, [&](const Finding& finding) {
        const bool said_better = finding.code == ReasonCode::distrust_incomplete && !what.der_problem.empty();
        return finding.subject != subject || said_better;
    });
    // Bytes were given, and are no certificate.
    for (Finding& finding : findings)
        if (what.der && finding.code == ReasonCode::distrust_incomplete) finding.severity = Severity::error;
    if (!what.der_problem.empty())
        findings.push_back(
            {.code = ReasonCode::distrust_incomplete,
             .severity = Severity::error,
             .subject = subject,
             .detail = what.der_problem,
             .expected = "in Disallowed",
             .actual = observed.holds(StoreName::disallowed, what.sha256) ? "in Disallowed" : "absent"});
    return findings;
}

bool trusted_anywhere(const ObservedState& observed, const Sha256& sha256) {
    return observed.holds(StoreName::root, sha256) || observed.holds(StoreName::trusted_publisher, sha256);
}

void describe(StatusReport& report, const Distrust& what, const DesiredState& desired,
              const ObservedState& observed, const std::vector<Finding>& findings,
              const std::optional<Tombstone>& tombstone) {
    describe_states(report, desired, observed, findings);
    std::erase_if(report.certificates, [&](const ReportCertificate& certificate) {
        return certificate.sha256 != to_string(what.sha256);
    });
    report.state = ComplianceState::unknown; // of the whole machine, which nobody asked about
    report.in_desired_state = !trusted_anywhere(observed, what.sha256);
    if (tombstone && tombstone->id) report.distrust = {to_string(what.sha256), *tombstone->id};
}

Result<void> purge(Registry& registry, const DesiredCertificate& distrusted) {
    const auto needed = needed_for_disallowed(registry, distrusted);
    if (!needed) return std::unexpected(needed.error());
    return *needed ? Result<void>() : erase_cached(registry, distrusted.sha256);
}

// There is nothing to change, but an earlier one may not have come to the end of its report. An image is not
// written to for that.
void remember_report(const StatusReport& report, const Look& look, const CycleRequest& request,
                     Endpoint& endpoint) {
    Registry* history = endpoint.history();
    if (history == nullptr) return;
    const auto stored =
        write_status(*history, report, {look.state.last_look, look.state.last_repair.value_or(request.now)},
                     look.identity, report_limit(endpoint.description().kind));
    static_cast<void>(stored); // the answer does not depend on it
}

} // namespace

StatusReport run_distrust(const CycleRequest& request, const Distrust& what, Endpoint& endpoint) {
    const EndpointDescription where = endpoint.description();
    const auto look = look_at(endpoint, request, what.sha256);
    if (!look) return not_readable(request, look.error(), where.kind);
    const DesiredState desired = desired_state(what, *look, request.now);
    const Plan plan = plan_of(request, what, desired, look->observed, look->tombstone);
    StatusReport report = request.header;
    describe(report, what, desired, look->observed, findings_of(what, desired, look->observed, request.now),
             look->tombstone);
    if (request.kind != CycleKind::repair)
        for (const Change& change : plan.changes)
            report.changes.push_back(to_report(change, Outcome::planned));
    if (request.kind != CycleKind::repair) return report;
    if (plan.empty() && !look->in_cache) {
        remember_report(report, *look, request, endpoint);
        return report;
    }

    const Steps steps{
        .remember = [](Registry&) -> Result<void> { return {}; },
        .write_state = [&](Registry& registry,
                           const Applied&) { return purge(registry, desired.certificates.front()); },
        .forget = [](Registry&) -> Result<void> { return {}; },
        .observe_again = [&](StatusReport& after, const Applied& applied) -> Result<void> {
            const auto now = observe(endpoint.registry());
            if (!now) return std::unexpected(now.error());
            const auto tombstone = read_tombstone(endpoint.registry(), what.sha256);
            if (!tombstone) return std::unexpected(tombstone.error());
            std::vector<Finding> findings = findings_of(what, desired, *now, request.now);
            std::ranges::move(unverified(plan, applied, plan_of(request, what, desired, *now, *tombstone)),
                              std::back_inserter(findings));
            describe(after, what, desired, *now, findings, *tombstone);
            return {};
        }};
    return carry_out(plan, endpoint, report,
                     {.request = request,
                      .state = look->state,
                      .identity = look->identity,
                      .times = {look->state.last_look, request.now}},
                     steps);
}

} // namespace wta
