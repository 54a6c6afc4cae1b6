// What a fleet comes to: how many are compliant and why not, which certificates and versions are in use, who
// is silent.
#pragma once

#include "common/fleet/fleet.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wta {

// Machines whose newest report has a finding of this code.
struct ReasonCount {
    std::string code{};
    Severity severity{};      // the worst that any report gives it
    std::size_t machines = 0; // each once
    std::string message{};    // of the table of codes; of a report, where this version does not know the code
    std::string remedy{};
    bool operator==(const ReasonCount&) const = default;
};

struct CertificateCount {
    Index certificate = 0;
    std::size_t trusted = 0;    // machines whose settings trust it
    std::size_t publisher = 0;  // machines that hold it in TrustedPublisher, whoever put it there
    std::size_t root = 0;       // in Root
    std::size_t disallowed = 0; // in Disallowed
    std::optional<std::chrono::days> days_left{}; // whole days; negative: it has expired
    bool operator==(const CertificateCount&) const = default;
};

struct VersionCount {
    std::string version{};
    std::size_t machines = 0;
    bool operator==(const VersionCount&) const = default;
};

struct FleetSummary {
    Timestamp now{};
    std::chrono::milliseconds silent_after{};
    std::size_t compliant = 0;
    std::size_t non_compliant = 0;
    std::size_t not_applicable = 0;
    std::size_t unknown = 0;
    std::vector<ReasonCount> reasons{};           // errors first, then what most machines have
    std::vector<CertificateCount> certificates{}; // what expires first
    std::vector<VersionCount> versions{};         // what most machines have
    std::vector<Index> silent{};                  // machines, longest first
};

inline constexpr std::chrono::days soon{90}; // as the agent's own warning

[[nodiscard]] bool is_silent(const Machine& machine, Timestamp now, std::chrono::milliseconds after);

[[nodiscard]] FleetSummary summarize(const Fleet& fleet, Timestamp now,
                                     std::chrono::milliseconds silent_after);

} // namespace wta
