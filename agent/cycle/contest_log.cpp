#include "agent/cycle/contest_log.h"

#include <utility>

namespace wta {

Result<ContestLog> ContestLog::open(Endpoint& endpoint, const Identity& identity) {
    ContestLog log;
    log.kept_ = endpoint.description().kind == EndpointKind::live;
    if (!log.kept_) return log;
    auto stored = read_contest_memory(endpoint.registry());
    if (!stored) return std::unexpected(stored.error());
    log.stored_ = std::move(*stored);
    const auto clone = is_clone(endpoint.registry(), identity);
    if (!clone) return std::unexpected(clone.error());
    if (!*clone) log.known_ = log.stored_;
    return log;
}

ContestVerdict ContestLog::judge(const Plan& wanted, const CycleRequest& request, const DesiredState& desired,
                                 const ObservedState& observed) const {
    const bool looks = request.kind == CycleKind::check;
    return judge_contest(known_, wanted,
                         {.desired = desired,
                          .observed = observed,
                          .trigger = looks ? Trigger::drift : request.trigger,
                          .settings_digest = request.header.settings_digest,
                          .now = request.now});
}

Result<void> ContestLog::write(ContestMemory memory, Registry& registry) {
    if (!kept_) return {};
    WTA_TRY(write_contest_memory(registry, stored_, memory));
    stored_ = std::move(memory);
    return {};
}

Result<void> ContestLog::remember(const ContestVerdict& verdict, Registry& registry) {
    return write(verdict.memory, registry);
}

Result<void> ContestLog::remember_outcome(const ContestVerdict& verdict, const Applied& applied,
                                          Registry& registry) {
    std::vector<Change> made;
    for (std::size_t i = 0; i < verdict.plan.changes.size(); ++i)
        if (applied.changes.at(i).outcome == Applied::Outcome::done) made.push_back(verdict.plan.changes[i]);
    return write(with_changes(verdict.memory, made), registry);
}

Result<void> ContestLog::remember_facts(const DesiredState& desired, const ObservedState& observed,
                                        Registry& registry) {
    return write(with_facts(known_, desired, observed), registry);
}

} // namespace wta
