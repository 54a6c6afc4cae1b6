// The newest report of every machine of a fleet, kept small: a hundred thousand of them fit into memory.
#pragma once

#include "common/base/time.h"
#include "common/report/status_report.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

// Texts that many machines have in common are kept once, and named by where they stand.
using Index = std::uint32_t;

struct FleetFinding {
    std::string code;
    Severity severity{};
    std::string subject;
    std::string message;
    std::string remedy;
    bool operator==(const FleetFinding&) const = default;
};

// What the first report that knew it said of it.
struct FleetCertificate {
    std::string sha256{}; // 64 digits, lower case
    std::string thumbprint{};
    std::string subject{};
    std::optional<Timestamp> not_after{};
    bool operator==(const FleetCertificate&) const = default;
};

// What the settings of a machine make of a certificate; other: a word of a later version.
enum class FleetTrust : std::uint8_t { trusted, withdrawn, distrusted, not_configured, other };

enum class FleetStore : std::uint8_t { root, trusted_publisher, disallowed };

// In which of these stores, and in which location of each, a certificate is.
class FleetPlaces {
public:
    // False: another store. A location of a later version counts as one, too.
    bool add(std::string_view store, std::string_view location);
    [[nodiscard]] bool in(FleetStore store) const;
    [[nodiscard]] bool trusted() const { return in(FleetStore::root) || in(FleetStore::trusted_publisher); }
    [[nodiscard]] std::string
    describe(FleetStore store) const; // "Root (groupPolicy)"; empty: not in this store
    bool operator==(const FleetPlaces&) const = default;

private:
    std::uint16_t bits_ = 0;
};

// One certificate as the report of one machine has it.
struct MachineCertificate {
    Index certificate = 0;
    FleetTrust trust{};
    bool requires_root = false;
    bool requires_publisher = false;
    bool requires_other = false; // a store that this version does not know
    FleetPlaces places{};
    bool operator==(const MachineCertificate&) const = default;
};

struct Machine {
    std::string name{};
    std::string file{};
    std::string run_id{};
    Timestamp time{};
    ComplianceState state{};
    bool observed = false; // its report looked at the machine at all
    Index kind = 0;        // of words, as the following
    Index version = 0;
    Index mode = 0;
    std::vector<Index> findings{}; // errors first
    std::vector<MachineCertificate> certificates{};
    bool operator==(const Machine&) const = default;
};

// A file that should be a report and is none.
struct UnreadableFile {
    std::string file;
    std::string why; // one sentence
    bool operator==(const UnreadableFile&) const = default;
};

struct Fleet {
    std::vector<Machine> machines; // by name
    std::vector<FleetFinding> findings;
    std::vector<FleetCertificate> certificates;
    std::vector<std::string> words;
    std::vector<UnreadableFile> unreadable; // in the order in which they were met
    std::size_t files = 0;                  // that were looked at
    std::size_t superseded = 0;             // reports of a machine that has a newer one
    std::size_t tests = 0;                  // deliveries that were tried out
};

[[nodiscard]] std::string_view to_string(FleetTrust trust); // as reports spell it
[[nodiscard]] std::string_view to_string(FleetStore store);

} // namespace wta
