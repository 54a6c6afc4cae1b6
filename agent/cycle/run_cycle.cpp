#include "agent/cycle/run_cycle.h"

#include "agent/cycle/commit.h"
#include "agent/cycle/contest_log.h"
#include "agent/cycle/obtain.h"
#include "common/trust/adoption.h"
#include "common/trust/plan.h"

#include <algorithm>
#include <fmt/format.h>

namespace wta {
namespace {

struct Look {
    ObservedState observed;
    Identity identity;
    AgentState state;
    ContestLog contest;
    PolicyFiles policy_files;
    std::vector<Tombstone> tombstones;
};

void name_policy_owner(ObservedState& observed, const AgentState& state, const PolicyFiles& files) {
    observed.policy_owner = policy_owner({.value = observed.policy_value,
                                          .remembered_as_ours = state.previous.has_value(),
                                          .mdm_value = observed.mdm_value,
                                          .config_mgr_client = observed.config_mgr_client},
                                         files);
    observed.policy_owner_hidden = files.unread;
}

Result<Look> look_at(Endpoint& endpoint, const std::string& computer_name) {
    Look look;
    auto observed = observe(endpoint.registry());
    if (!observed) return std::unexpected(observed.error());
    look.observed = std::move(*observed);
    look.identity = {look.observed.machine_guid, computer_name};
    auto state = read_agent_state(endpoint.registry(), look.identity);
    if (!state) return within_context("read the state of the agent", state.error());
    look.state = std::move(*state);
    auto contest = ContestLog::open(endpoint, look.identity);
    if (!contest) return within_context("read the state of the agent", contest.error());
    look.contest = std::move(*contest);
    look.policy_files = endpoint.policy_files();
    name_policy_owner(look.observed, look.state, look.policy_files);
    auto tombstones = read_tombstones(endpoint.registry());
    if (!tombstones) return std::unexpected(tombstones.error());
    look.tombstones = std::move(*tombstones);
    return look;
}

// Only CA-issued certificates have a chain to judge.
void judge_chains(ObservedState& observed, const DesiredState& desired, Endpoint& endpoint, Timestamp now) {
    std::optional<ChainStores> stores;
    for (const DesiredCertificate& certificate : desired.certificates) {
        if (!certificate.placement || certificate.placement->root) continue;
        if (!stores) stores = chain_stores(observed, desired.distrusted());
        observed.chains[certificate.sha256] = endpoint.chain_verdict(*certificate.der, *stores, now);
    }
}

// What a run changes: all that is not right, and what it was asked to adopt.
struct Repair {
    Plan plan;
    std::vector<Finding> findings; // adoption_refused
};

Repair plan_all(const CycleRequest& request, const DesiredState& desired, const ObservedState& observed) {
    Repair repair{.plan = plan_repair(desired, observed), .findings = {}};
    if (!request.adopt) return repair;
    Adoption adoption = plan_adoption(*request.adopt, desired, observed, repair.plan);
    std::ranges::move(adoption.changes, std::back_inserter(repair.plan.changes));
    repair.findings = std::move(adoption.findings);
    return repair;
}

std::vector<Finding> all_findings(std::vector<Finding> findings, const std::vector<Finding>& more) {
    findings.insert(findings.end(), more.begin(), more.end());
    return findings;
}

// Trusted, pinned and admitted certificates are kept as the last good ones; what is no longer configured is
// forgotten.
Result<void> write_cache(Registry& registry, const DesiredState& desired) {
    for (const DesiredCertificate& certificate : desired.certificates) {
        const bool keep = certificate.state == CertificateState::trusted && certificate.der &&
                          certificate.admission.admitted();
        if (!keep) continue;
        auto cached = read_cached(registry, certificate.sha256);
        if (!cached) return std::unexpected(cached.error());
        CachedCertificate now{*certificate.der, *cached ? (*cached)->etag : std::nullopt};
        if (certificate.published.der) now.etag = certificate.published.etag;
        if (*cached != std::optional(now)) WTA_TRY(write_cached(registry, certificate.sha256, now));
    }
    auto digests = list_cached(registry);
    if (!digests) return std::unexpected(digests.error());
    for (const Sha256& digest : *digests) {
        const DesiredCertificate* wanted = desired.find(digest);
        if (wanted != nullptr) {
            const auto needed = needed_for_disallowed(registry, *wanted);
            if (!needed) return std::unexpected(needed.error());
            if (*needed) continue;
        }
        if (wanted == nullptr || wanted->state != CertificateState::trusted)
            WTA_TRY(erase_cached(registry, digest));
    }
    return {};
}

bool asked_anything(const std::vector<Obtained>& obtained) {
    return std::ranges::any_of(obtained, [](const Obtained& one) { return one.published.asked; });
}

// The policy value was written, if it was, by this run.
AgentState remembering(const Plan& plan, const AgentState& state) {
    AgentState now = state;
    for (const Change& change : plan.changes)
        if (const auto* set = std::get_if<SetPolicyValue>(&change)) now.previous = set->previous;
    return now;
}

// A live machine remembers every look, when it may; an image is not written to for that. A repair that
// changes nothing remembers also what it leaves alone.
void remember_look(const CycleRequest& request, Look& look, const DesiredState& desired, bool asked,
                   const StatusReport& report, const ContestVerdict* left_alone, Endpoint& endpoint) {
    Registry* history = endpoint.history();
    if (history == nullptr) return;
    const auto cached = write_cache(*history, desired);
    const auto contest = left_alone != nullptr
                             ? look.contest.remember(*left_alone, *history)
                             : look.contest.remember_facts(desired, look.observed, *history);
    const StatusTimes times{asked && cached ? std::optional(request.now) : look.state.last_look,
                            look.state.last_repair};
    const auto stored =
        write_status(*history, report, times, look.identity, report_limit(endpoint.description().kind));
    static_cast<void>(cached && contest && stored); // the answer does not depend on it
}

// What an undo forgets is the last that it writes: while any of it is there, an earlier one may not have come
// to its end. It is forgotten also when the policy value is somebody else's by now.
Result<bool> anything_remembered(const AgentState& state, Registry& registry) {
    if (state.previous || !state.created_keys.empty()) return true;
    for (const std::string_view key : {cache_key, contest_key}) {
        const auto listing = registry.list(key);
        if (!listing) return std::unexpected(listing.error());
        if (*listing) return true;
    }
    return false;
}

} // namespace

Finding to_finding(const Error& error, EndpointKind endpoint) {
    Finding finding{.code = ReasonCode::change_failed, .severity = Severity::error, .detail = error.message};
    if (endpoint == EndpointKind::image) finding.code = ReasonCode::image_damaged;
    switch (error.code) {
    case ErrorCode::access_denied: finding.code = ReasonCode::access_denied; break;
    case ErrorCode::read_only: finding.code = ReasonCode::image_read_only; break;
    case ErrorCode::busy: finding.code = ReasonCode::busy; break;
    case ErrorCode::invalid:
    case ErrorCode::too_large: finding.code = ReasonCode::change_failed; break;
    case ErrorCode::not_found:
    case ErrorCode::wrong_type:
    case ErrorCode::timed_out:
    case ErrorCode::unreachable:
    case ErrorCode::unusable: break;
    case ErrorCode::exhausted: finding.code = ReasonCode::out_of_resources; break;
    case ErrorCode::io: finding.code = ReasonCode::change_failed; break;
    }
    if (error.reason) finding.code = *error.reason;
    return finding;
}

// What cannot be read of an image is damage; a live machine has its own reasons.
StatusReport not_readable(const CycleRequest& request, Error error, EndpointKind endpoint) {
    if (endpoint == EndpointKind::image && !error.reason && error.code == ErrorCode::io)
        error.code = ErrorCode::unusable;
    return ended_early(request.header, to_finding(error, endpoint));
}

StatusReport run_cycle(const CycleRequest& request, const Settings& configured, Endpoint& endpoint,
                       Transport& transport) {
    const EndpointDescription where = endpoint.description();
    auto look = look_at(endpoint, request.computer_name);
    if (!look) return not_readable(request, look.error(), where.kind);
    const auto [settings, by_hand] = outrank(configured, look->tombstones);
    auto obtained = obtain({.settings = settings,
                            .observed = look->observed,
                            .state = look->state,
                            .registry = endpoint.registry(),
                            .endpoint = where.kind,
                            .now = request.now},
                           transport);
    if (!obtained) return not_readable(request, obtained.error(), where.kind);
    DesiredState desired = decide(settings, *obtained, request.now);
    desired.by_hand = by_hand;
    judge_chains(look->observed, desired, endpoint, request.now);

    StatusReport report = request.header;
    const Repair wanted = plan_all(request, desired, look->observed);
    const ContestVerdict contest = look->contest.judge(wanted.plan, request, desired, look->observed);
    const Plan& plan = contest.plan;
    describe_states(report, desired, look->observed,
                    all_findings(all_findings(assess(desired, look->observed, request.now), wanted.findings),
                                 contest.findings));
    const bool asked = asked_anything(*obtained);
    const bool changes = request.kind == CycleKind::repair && settings.mode.value == Mode::enforce;
    if (request.kind != CycleKind::check && !changes)
        for (const Change& change : plan.changes)
            report.changes.push_back(to_report(change, Outcome::planned));
    if (!changes || plan.empty()) {
        if (request.kind != CycleKind::what_if)
            remember_look(request, *look, desired, asked, report, changes ? &contest : nullptr, endpoint);
        return report;
    }

    const Steps steps{
        .remember = [&](Registry& registry) { return look->contest.remember(contest, registry); },
        .write_state = [&](Registry& registry, const Applied& applied) -> Result<void> {
            WTA_TRY(write_cache(registry, desired));
            return look->contest.remember_outcome(contest, applied, registry);
        },
        .forget = [](Registry&) -> Result<void> { return {}; },
        .observe_again = [&](StatusReport& after, const Applied& applied) -> Result<void> {
            auto now = observe(endpoint.registry());
            if (!now) return std::unexpected(now.error());
            auto tombstones = read_tombstones(endpoint.registry());
            if (!tombstones) return std::unexpected(tombstones.error());
            desired.by_hand = outrank(configured, *tombstones).by_hand;
            judge_chains(*now, desired, endpoint, request.now);
            name_policy_owner(*now, remembering(plan, look->state), look->policy_files);
            const Repair left = plan_all(request, desired, *now);
            std::vector<Finding> findings = all_findings(assess(desired, *now, request.now), left.findings);
            findings = all_findings(std::move(findings), contest.findings);
            describe_states(after, desired, *now,
                            all_findings(std::move(findings), unverified(plan, applied, left.plan)));
            return {};
        }};
    const bool remembers_looks = where.kind == EndpointKind::live;
    const StatusTimes times{asked && remembers_looks ? std::optional(request.now) : look->state.last_look,
                            request.now};
    return carry_out(plan, endpoint, report,
                     {.request = request, .state = look->state, .identity = look->identity, .times = times},
                     steps);
}

StatusReport run_undo(const CycleRequest& request, Endpoint& endpoint) {
    const EndpointDescription where = endpoint.description();
    auto look = look_at(endpoint, request.computer_name);
    if (!look) return not_readable(request, look.error(), where.kind);

    const auto describe_undo = [](StatusReport& report, const ObservedState& observed,
                                  const AgentState& state) {
        const UndoPlan undo = plan_undo(observed, state);
        describe_states(report, DesiredState{}, observed, undo.findings);
        report.desired_state.reset();
        report.state = ComplianceState::unknown;
        report.in_desired_state = std::ranges::none_of(undo.plan.changes, [](const Change& change) {
            return !std::holds_alternative<RemoveEmptyKey>(change);
        });
        return undo;
    };
    StatusReport report = request.header;
    const UndoPlan undo = describe_undo(report, look->observed, look->state);
    if (request.kind != CycleKind::repair)
        for (const Change& change : undo.plan.changes)
            report.changes.push_back(to_report(change, Outcome::planned));
    if (request.kind != CycleKind::repair) return report;
    auto remembered = anything_remembered(look->state, endpoint.registry());
    if (!remembered) return not_readable(request, remembered.error(), where.kind);
    if (undo.plan.empty() && !*remembered) return report;

    const Steps steps{.remember = [](Registry&) -> Result<void> { return {}; },
                      .write_state = [](Registry&, const Applied&) -> Result<void> { return {}; },
                      .forget = [](Registry& registry) -> Result<void> {
                          WTA_TRY(erase_previous(registry));
                          WTA_TRY(erase_contest(registry));
                          return erase_cache(registry);
                      },
                      .observe_again = [&](StatusReport& after, const Applied& applied) -> Result<void> {
                          auto now = observe(endpoint.registry());
                          if (!now) return std::unexpected(now.error());
                          name_policy_owner(*now, look->state, look->policy_files);
                          AgentState left = look->state;
                          left.created_keys.clear(); // one that is not empty stays, and that is right
                          const UndoPlan remaining = describe_undo(after, *now, left);
                          for (const Finding& finding : unverified(undo.plan, applied, remaining.plan)) {
                              after.findings.push_back(to_report(finding));
                              after.in_desired_state = false;
                          }
                          return {};
                      }};
    return carry_out(undo.plan, endpoint, report,
                     {.request = request,
                      .state = look->state,
                      .identity = look->identity,
                      .times = {look->state.last_look, look->state.last_repair}},
                     steps);
}

} // namespace wta
