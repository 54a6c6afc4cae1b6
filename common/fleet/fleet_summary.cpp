#include "common/fleet/fleet_summary.h"

#include "common/report/codes.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <tuple>

namespace wta {
namespace {

void count_state(const Machine& machine, FleetSummary& out) {
    switch (machine.state) {
    case ComplianceState::compliant: ++out.compliant; return;
    case ComplianceState::non_compliant: ++out.non_compliant; return;
    case ComplianceState::not_applicable: ++out.not_applicable; return;
    case ComplianceState::unknown: ++out.unknown; return;
    }
}

ReasonCount first_of(const FleetFinding& finding) {
    ReasonCount out{.code = finding.code, .message = finding.message, .remedy = finding.remedy};
    if (const CodeInfo* known = find_code(finding.code)) {
        out.message = known->meaning;
        out.remedy = known->remedy;
    }
    return out;
}

std::vector<ReasonCount> count_reasons(const Fleet& fleet) {
    std::map<std::string, std::size_t, std::less<>> places;
    std::vector<ReasonCount> reasons;
    std::vector<std::size_t> last_machine; // that each was counted for
    std::vector<std::size_t> place_of;     // of each finding
    for (const FleetFinding& finding : fleet.findings) {
        const auto [known, is_new] = places.try_emplace(finding.code, reasons.size());
        if (is_new) reasons.push_back(first_of(finding));
        place_of.push_back(known->second);
    }
    last_machine.resize(reasons.size(), fleet.machines.size());
    for (std::size_t i = 0; i < fleet.machines.size(); ++i)
        for (const Index finding : fleet.machines[i].findings) {
            const std::size_t place = place_of[finding];
            ReasonCount& reason = reasons[place];
            reason.severity = std::max(reason.severity, fleet.findings[finding].severity);
            if (last_machine[place] == i) continue; // several certificates can have the same
            last_machine[place] = i;
            ++reason.machines;
        }
    std::erase_if(reasons, [](const ReasonCount& reason) { return reason.machines == 0; }); // superseded
    std::ranges::sort(reasons, [](const ReasonCount& a, const ReasonCount& b) {
        return std::tie(b.severity, b.machines, a.code) < std::tie(a.severity, a.machines, b.code);
    });
    return reasons;
}

std::vector<CertificateCount> count_certificates(const Fleet& fleet, Timestamp now) {
    std::vector<CertificateCount> counts(fleet.certificates.size());
    std::vector<bool> named(counts.size());
    for (const Machine& machine : fleet.machines)
        for (const MachineCertificate& each : machine.certificates) {
            CertificateCount& count = counts[each.certificate];
            named[each.certificate] = true;
            if (each.trust == FleetTrust::trusted) ++count.trusted;
            if (each.places.in(FleetStore::trusted_publisher)) ++count.publisher;
            if (each.places.in(FleetStore::root)) ++count.root;
            if (each.places.in(FleetStore::disallowed)) ++count.disallowed;
        }
    for (Index i = 0; i < counts.size(); ++i) {
        counts[i].certificate = i;
        if (const auto& end = fleet.certificates[i].not_after)
            counts[i].days_left = std::chrono::floor<std::chrono::days>(*end - now);
    }
    std::erase_if(counts, [&](const CertificateCount& count) { return !named[count.certificate]; });
    std::ranges::sort(counts, [&](const CertificateCount& a, const CertificateCount& b) {
        if (a.days_left.has_value() != b.days_left.has_value()) return a.days_left.has_value();
        return std::tie(a.days_left, fleet.certificates[a.certificate].sha256) <
               std::tie(b.days_left, fleet.certificates[b.certificate].sha256);
    });
    return counts;
}

std::vector<VersionCount> count_versions(const Fleet& fleet) {
    std::map<Index, std::size_t> counts;
    for (const Machine& machine : fleet.machines) ++counts[machine.version];
    std::vector<VersionCount> versions;
    for (const auto& [word, machines] : counts) versions.push_back({fleet.words[word], machines});
    std::ranges::sort(versions, [](const VersionCount& a, const VersionCount& b) {
        return std::tie(b.machines, a.version) < std::tie(a.machines, b.version);
    });
    return versions;
}

} // namespace

bool is_silent(const Machine& machine, Timestamp now, std::chrono::milliseconds after) {
    return now - machine.time > after;
}

FleetSummary summarize(const Fleet& fleet, Timestamp now, std::chrono::milliseconds silent_after) {
    FleetSummary out{.now = now, .silent_after = silent_after};
    for (Index i = 0; i < fleet.machines.size(); ++i) {
        count_state(fleet.machines[i], out);
        if (is_silent(fleet.machines[i], now, silent_after)) out.silent.push_back(i);
    }
    std::ranges::sort(out.silent, {}, [&](Index i) { return std::tuple(fleet.machines[i].time, i); });
    out.reasons = count_reasons(fleet);
    out.certificates = count_certificates(fleet, now);
    out.versions = count_versions(fleet);
    return out;
}

} // namespace wta
