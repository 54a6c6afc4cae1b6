#include "common/fleet/readiness.h"

#include "common/fleet/fleet_summary.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wta {
namespace {

struct Verdict {
    Obstacle obstacle{};
    std::string detail{};
};

const MachineCertificate* find(const Machine& machine, std::optional<Index> certificate) {
    const auto found = std::ranges::find_if(
        machine.certificates, [certificate](const auto& each) { return certificate == each.certificate; });
    return found == machine.certificates.end() ? nullptr : &*found;
}

// Nothing: no report names it.
std::optional<Index> find(const Fleet& fleet, const std::string& sha256) {
    const auto found = std::ranges::find(fleet.certificates, sha256, &FleetCertificate::sha256);
    if (found == fleet.certificates.end()) return std::nullopt;
    return static_cast<Index>(found - fleet.certificates.begin());
}

std::vector<std::string_view> missing_stores(const MachineCertificate& held) {
    std::vector<std::string_view> missing;
    if (held.requires_root && !held.places.in(FleetStore::root))
        missing.push_back(to_string(FleetStore::root));
    if (held.requires_publisher && !held.places.in(FleetStore::trusted_publisher))
        missing.push_back(to_string(FleetStore::trusted_publisher));
    if (held.requires_other) missing.emplace_back("a store that this version of the program does not know");
    return missing;
}

Verdict ready(const Fleet& fleet, const Machine& machine, const MachineCertificate* held,
              const std::string& sha256) {
    if (!machine.observed) return {Obstacle::nothing_observed};
    if (held == nullptr) return {Obstacle::not_reported};
    if (held->places.in(FleetStore::disallowed))
        return {Obstacle::disallowed, "in " + held->places.describe(FleetStore::disallowed)};
    if (const auto missing = missing_stores(*held); !missing.empty())
        return {Obstacle::not_in_stores, fmt::format("not in {}", fmt::join(missing, ", not in "))};
    for (const Index index : machine.findings) {
        const FleetFinding& finding = fleet.findings[index];
        if (finding.severity == Severity::error && finding.subject == sha256)
            return {Obstacle::not_usable, finding.code};
    }
    return {Obstacle::none};
}

Verdict gone(const Machine& machine, const MachineCertificate* held) {
    if (!machine.observed) return {Obstacle::nothing_observed};
    if (held == nullptr) return {Obstacle::not_asked, "not in its report"};
    if (held->places.trusted()) {
        std::vector<std::string> places;
        for (const FleetStore store : {FleetStore::root, FleetStore::trusted_publisher})
            if (held->places.in(store)) places.push_back("in " + held->places.describe(store));
        return {Obstacle::still_trusted, fmt::format("{}", fmt::join(places, ", "))};
    }
    if (held->trust != FleetTrust::withdrawn && held->trust != FleetTrust::distrusted)
        return {Obstacle::not_asked, fmt::format("its settings say: {}", to_string(held->trust))};
    return {Obstacle::none};
}

void add(FleetAnswer& answer, Index machine, Verdict verdict) {
    if (verdict.obstacle == Obstacle::none)
        ++answer.yes;
    else if (verdict.obstacle == Obstacle::silent)
        ++answer.excluded;
    else
        ++answer.no;
    answer.machines.push_back({machine, verdict.obstacle, std::move(verdict.detail)});
}

} // namespace

FleetAnswer ask_whether_ready(const Fleet& fleet, const Sha256& sha256, Timestamp now,
                              std::optional<std::chrono::milliseconds> exclude_silent) {
    FleetAnswer answer{
        .question = FleetQuestion::ready, .sha256 = sha256, .exclude_silent = exclude_silent, .machines = {}};
    answer.unreadable = fleet.unreadable.size();
    const std::string digits = to_string(sha256);
    const std::optional<Index> certificate = find(fleet, digits);
    for (Index i = 0; i < fleet.machines.size(); ++i) {
        const Machine& machine = fleet.machines[i];
        if (exclude_silent && is_silent(machine, now, *exclude_silent))
            add(answer, i, {Obstacle::silent, "last report " + to_rfc3339(machine.time)});
        else
            add(answer, i, ready(fleet, machine, find(machine, certificate), digits));
    }
    return answer;
}

FleetAnswer ask_whether_gone(const Fleet& fleet, const Sha256& sha256) {
    FleetAnswer answer{
        .question = FleetQuestion::gone, .sha256 = sha256, .exclude_silent = {}, .machines = {}};
    answer.unreadable = fleet.unreadable.size();
    const std::optional<Index> certificate = find(fleet, to_string(sha256));
    for (Index i = 0; i < fleet.machines.size(); ++i)
        add(answer, i, gone(fleet.machines[i], find(fleet.machines[i], certificate)));
    return answer;
}

std::string_view to_string(Obstacle obstacle) {
    switch (obstacle) {
    case Obstacle::none: return "none";
    case Obstacle::silent: return "silent";
    case Obstacle::nothing_observed: return "nothingObserved";
    case Obstacle::not_reported: return "notReported";
    case Obstacle::not_in_stores: return "notInStores";
    case Obstacle::disallowed: return "disallowed";
    case Obstacle::not_usable: return "notUsable";
    case Obstacle::still_trusted: return "stillTrusted";
    case Obstacle::not_asked: return "notAsked";
    }
    return {};
}

} // namespace wta
