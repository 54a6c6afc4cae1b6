#include "common/report/status_store.h"

#include "common/base/utf.h"
#include "common/report/codes.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace wta {
namespace {

// Of codes and thumbprints, which are ASCII.
std::string cut(std::string text) {
    if (text.size() <= max_status_text) return text;
    return text.substr(0, max_status_text - 1) + "…";
}

std::string thumbprints(const StatusReport& report) {
    std::string text;
    for (const ReportCertificate& certificate : report.certificates) {
        if (certificate.stores.empty() || certificate.thumbprint.empty()) continue;
        text += (text.empty() ? "" : ",") + certificate.thumbprint;
    }
    return cut(std::move(text));
}

// The end of the trusted certificate that ends first.
std::string first_not_after(const StatusReport& report) {
    std::optional<Timestamp> first;
    for (const ReportCertificate& certificate : report.certificates)
        if (certificate.state == "trusted" && certificate.not_after &&
            (!first || *certificate.not_after < *first))
            first = certificate.not_after;
    return first ? to_rfc3339(*first) : "";
}

std::string time_text(const std::optional<Timestamp>& time) { return time ? to_rfc3339(*time) : ""; }

Result<std::optional<std::string>> read_text(Registry& registry, std::string_view name) {
    auto value = registry.get(status_key, name);
    if (!value) return std::unexpected(value.error());
    if (!*value) return std::nullopt;
    return as_string(**value);
}

// What the flat values tell where the report was too large to be stored, or is garbled. Which findings were
// errors is not in them: with a compliant state none was.
Result<std::optional<StatusReport>> read_flat_values(Registry& registry) {
    constexpr std::array states{ComplianceState::compliant, ComplianceState::non_compliant,
                                ComplianceState::not_applicable, ComplianceState::unknown};
    std::array<std::string, 4> texts;
    constexpr std::array names{"LastCheckUtc", "Reasons", "State", "AgentVersion"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto text = read_text(registry, names.at(i));
        if (!text) return std::unexpected(text.error());
        texts.at(i) = printable(text->value_or(""), max_status_text * 2);
    }
    const auto& [time, codes, state, version] = texts;
    const std::optional<Timestamp> when = from_rfc3339(time);
    const auto found = std::ranges::find(states, state, [](ComplianceState each) { return to_string(each); });
    if (!when || found == states.end()) return std::nullopt;
    StatusReport report;
    report.time = *when;
    report.agent_version = version;
    report.state = *found;
    report.in_desired_state =
        *found == ComplianceState::compliant || *found == ComplianceState::not_applicable;
    for (const CodeInfo& row : all_codes()) {
        if (("," + codes + ",").find("," + std::string(row.name) + ",") == std::string::npos) continue;
        Finding finding{.code = row.code};
        if (*report.in_desired_state && row.severity == Severity::error) finding.severity = Severity::warning;
        report.findings.push_back(to_report(finding));
    }
    return report;
}

} // namespace

std::string reasons(const StatusReport& report) {
    std::vector<std::string> codes;
    for (const ReportFinding& finding : report.findings)
        if (finding.severity != Severity::info && std::ranges::find(codes, finding.code) == codes.end())
            codes.push_back(finding.code);
    std::string text;
    for (const std::string& code : codes) text += (text.empty() ? "" : ",") + code;
    return cut(std::move(text));
}

Result<bool> write_status(Registry& registry, const StatusReport& report, const StatusTimes& times,
                          const Identity& identity, std::size_t max_report_bytes) {
    const auto set_text = [&registry](std::string_view name, const std::string& text) {
        return registry.set(status_key, name, string_value(text));
    };
    const bool compliant = report.state == ComplianceState::compliant;
    // First the large one: libhivex writes all values of a key anew with each that is set, and reuses
    // nothing.
    WTA_TRY(registry.erase(status_key, "Report"));
    WTA_TRY(registry.set(status_key, "Compliant", dword_value(compliant ? 1 : 0)));
    WTA_TRY(set_text("State", std::string(to_string(report.state))));
    WTA_TRY(set_text("Reasons", reasons(report)));
    WTA_TRY(set_text("Thumbprints", thumbprints(report)));
    WTA_TRY(set_text("NotAfter", first_not_after(report)));
    WTA_TRY(set_text("LastCheckUtc", to_rfc3339(report.time)));
    WTA_TRY(set_text("LastRepairUtc", time_text(times.last_repair)));
    WTA_TRY(set_text("LastLookUtc", time_text(times.last_look)));
    WTA_TRY(set_text("PolicySource", report.policy_source.empty() ? "unknown" : report.policy_source));
    WTA_TRY(set_text("AgentVersion", report.agent_version));
    WTA_TRY(set_text("MachineGuid", identity.machine_guid));
    WTA_TRY(set_text("ComputerName", identity.computer_name));
    const RegistryValue json = string_value(to_compact_text(to_json(report)));
    if (json.data.size() > max_report_bytes) return false;
    WTA_TRY(registry.set(status_key, "Report", json));
    return true;
}

Result<std::optional<StatusReport>> read_status(Registry& registry, const Identity& identity) {
    auto clone = is_clone(registry, identity);
    if (!clone) return std::unexpected(clone.error());
    if (*clone) return std::nullopt;
    auto text = read_text(registry, "Report");
    if (!text) return std::unexpected(text.error());
    if (*text)
        if (Result<StatusReport> report = report_from_json(**text)) return std::move(*report);
    return read_flat_values(registry);
}

} // namespace wta
