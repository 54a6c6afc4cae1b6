// The one report of a run, as a value; what it looks like as JSON is fixed by
// config/status-report.schema.json.
#pragma once

#include "common/base/reason_code.h"
#include "common/base/time.h"
#include "common/trust/assessment.h"
#include "common/trust/plan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wta {

// DSC's word for the whole, as inventories show it.
enum class ComplianceState { compliant, non_compliant, not_applicable, unknown };

enum class Outcome { planned, done, failed, not_tried };

struct ReportFinding {
    std::string code;
    Severity severity{};
    std::string subject;
    std::string message;
    std::string expected;
    std::string actual;
    std::string remedy;
    std::string owner{}; // who sets it, "domainGroupPolicy"; empty: not a matter of owners
    bool operator==(const ReportFinding&) const = default;
};

struct ReportChange {
    std::string action; // addCertificate, removeCertificate, setPolicyValue, restorePolicyValue, removeKey,
                        // adoptCertificate, writeTombstone, eraseTombstone
    std::string store;  // of a certificate; otherwise the registry key
    std::string thumbprint; // of a certificate; otherwise empty
    Outcome outcome{};
    std::string detail; // what is written, or why it failed
    bool operator==(const ReportChange&) const = default;
};

struct StorePlace {
    std::string store;
    std::string location;
    bool ours = false;
    bool operator==(const StorePlace&) const = default;
};

struct ReportCertificate {
    std::string sha256{};
    std::string thumbprint{}; // this and the following are empty while the bytes are not at hand
    std::string subject{};
    std::string issuer{};
    std::optional<Timestamp> not_before{};
    std::optional<Timestamp> not_after{};
    std::optional<bool> self_signed{};
    std::vector<std::string> usage{}; // "Code Signing"; empty: all purposes, or not known
    std::string state{}; // trusted, withdrawn, distrusted; "notConfigured": ours, no longer in the settings
    std::vector<std::string> allow{};    // the exceptions of the settings
    bool restricted = false;             // its Root entry is, or would be, limited to Code Signing
    std::vector<std::string> required{}; // stores that it must be in
    std::vector<StorePlace> stores{};    // stores that it is in
    std::string note{};
    bool operator==(const ReportCertificate&) const = default;
};

// The part of a state that can be compared: DSC's desiredState and actualState.
struct StateSummary {
    struct Placed {
        std::string sha256;
        std::vector<std::string> stores;
        bool operator==(const Placed&) const = default;
    };
    std::string policy_value; // "REG_DWORD 1", "absent"; empty: not managed
    std::vector<Placed> certificates;
    bool operator==(const StateSummary&) const = default;
};

// What `distrust` left on the endpoint for one certificate.
struct ReportTombstone {
    std::string sha256;
    std::string id; // for `retrust:`
    bool operator==(const ReportTombstone&) const = default;
};

struct StatusReport {
    std::string run_id;  // UUIDv7 (RFC 9562)
    std::string command; // check, repair, undo, distrust, status; test: of "report test", about nothing
    Timestamp time{};
    bool what_if = false;
    std::string mode; // enforce, audit; empty: the command needs none

    std::string endpoint_kind; // live, image; empty: none was opened
    std::string endpoint_name;
    std::string agent_version;
    std::string settings_place;  // empty: there are none
    std::string settings_digest; // SHA-256 of their text
    std::string policy_source;   // who sets the policy value; kept in Status only

    std::optional<StateSummary> desired_state; // nothing: not observed
    std::optional<StateSummary> actual_state;
    std::optional<bool> in_desired_state; // nothing: nothing was observed
    ComplianceState state = ComplianceState::unknown;

    std::vector<ReportFinding> findings; // errors first
    std::vector<ReportChange> changes;   // in the order of application
    std::vector<ReportCertificate> certificates;
    std::optional<ReportTombstone> distrust{}; // of the command distrust

    bool operator==(const StatusReport&) const = default;
};

inline constexpr int report_schema_version = 1;

// The finding with the texts of the table of codes.
[[nodiscard]] ReportFinding to_report(const Finding& finding);

// A run that ended before it observed anything.
[[nodiscard]] StatusReport ended_early(StatusReport header, const Finding& finding);

// Fills everything that follows from the states: summaries, certificates, findings in order, and the verdict.
void describe_states(StatusReport& report, const DesiredState& desired, const ObservedState& observed,
                     const std::vector<Finding>& findings);

[[nodiscard]] ReportChange to_report(const Change& change, Outcome outcome, std::string detail = {});

// A pure function of the report. What ended the run early (2, 3, 7, 9) comes first, then 5, 8, 6, 4, 1. What
// is not right after the command distrust is 8 in place of 1.
[[nodiscard]] int exit_code(const StatusReport& report);

[[nodiscard]] std::string_view to_string(Severity severity); // info, warning, error
[[nodiscard]] std::string_view
to_string(ComplianceState state);                          // Compliant, NonCompliant, NotApplicable, Unknown
[[nodiscard]] std::string_view to_string(Outcome outcome); // planned, done, failed, notTried
[[nodiscard]] std::string_view to_string(CertificateState state); // trusted, withdrawn, distrusted

} // namespace wta
