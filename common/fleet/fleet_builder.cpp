#include "common/fleet/fleet_builder.h"

#include "common/base/utf.h"
#include "common/certificate/digest.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <tuple>

namespace wta {
namespace {

constexpr auto clock_tolerance = std::chrono::hours(24);
constexpr std::size_t max_name = 256; // longer ones are nobody's computer

FleetTrust trust_from(std::string_view state) {
    for (const FleetTrust trust :
         {FleetTrust::trusted, FleetTrust::withdrawn, FleetTrust::distrusted, FleetTrust::not_configured})
        if (to_string(trust) == state) return trust;
    return FleetTrust::other;
}

// Reports that were made before the certificate was at hand require nothing; then its kind decides, and one
// that is not known to be issued by a CA is as one that is not.
void add_requirements(const ReportCertificate& report, MachineCertificate& out) {
    if (report.required.empty()) {
        out.requires_publisher = true;
        out.requires_root = report.self_signed.value_or(true);
    }
    for (const std::string& store : report.required) {
        if (store == to_string(FleetStore::root))
            out.requires_root = true;
        else if (store == to_string(FleetStore::trusted_publisher))
            out.requires_publisher = true;
        else
            out.requires_other = true;
    }
}

std::string stem(std::string_view file) { return std::string(file.substr(0, file.rfind('.'))); }

// What cannot stand in any of the texts, because they are printable.
std::string key_of(const ReportFinding& finding) {
    return fmt::format("{}\n{}\n{}\n{}\n{}", finding.code, to_string(finding.severity), finding.subject,
                       finding.message, finding.remedy);
}

bool is_newer(const Machine& a, const Machine& b) {
    return std::tie(a.time, a.run_id) > std::tie(b.time, b.run_id);
}

} // namespace

void FleetBuilder::add(std::string_view file, const Result<StatusReport>& report) {
    ++fleet_.files;
    const std::string name = printable(file);
    if (!report) {
        fleet_.unreadable.push_back({name, report.error().message});
        return;
    }
    if (report->command == "test") {
        ++fleet_.tests;
        return;
    }
    auto machine = read(name, *report);
    if (!machine) {
        fleet_.unreadable.push_back({name, machine.error().message});
        return;
    }
    const auto [known, is_new] = machines_.try_emplace(machine->name, fleet_.machines.size());
    if (is_new) {
        fleet_.machines.push_back(*std::move(machine));
        return;
    }
    ++fleet_.superseded;
    Machine& present = fleet_.machines[known->second];
    if (is_newer(*machine, present)) present = *std::move(machine);
}

Fleet FleetBuilder::finish() && {
    std::ranges::sort(fleet_.machines, {}, &Machine::name);
    return std::move(fleet_);
}

Result<Machine> FleetBuilder::read(std::string_view file, const StatusReport& report) {
    if (report.time == Timestamp{}) return fail(ErrorCode::invalid, "the report says no time");
    if (report.time > now_ + clock_tolerance)
        return fail(ErrorCode::invalid,
                    fmt::format("the report is of {}, which is yet to come: the clock of the machine, or of "
                                "this one, is wrong",
                                to_rfc3339(report.time)));
    Machine machine;
    machine.name = report.endpoint_name.empty() ? stem(file) : printable(report.endpoint_name, max_name);
    machine.file = file;
    machine.run_id = printable(report.run_id, max_name);
    machine.time = report.time;
    machine.state = report.state;
    machine.observed = report.in_desired_state.has_value();
    machine.kind = word(report.endpoint_kind);
    machine.version = word(report.agent_version);
    machine.mode = word(report.mode);
    for (const ReportFinding& each : report.findings) machine.findings.push_back(finding(each));
    for (const ReportCertificate& each : report.certificates) {
        const auto sha256 = sha256_from_hex(each.sha256);
        if (!sha256)
            return fail(ErrorCode::invalid,
                        fmt::format("\"{}\" in certificates is no SHA-256", printable(each.sha256, 80)));
        MachineCertificate out{.certificate = certificate(each, to_string(*sha256)),
                               .trust = trust_from(each.state)};
        add_requirements(each, out);
        const bool twice = std::ranges::find(machine.certificates, out.certificate,
                                             &MachineCertificate::certificate) != machine.certificates.end();
        if (twice) // which of them is true?
            return fail(ErrorCode::invalid,
                        fmt::format("{} stands twice in certificates", to_string(*sha256)));
        for (const StorePlace& place : each.stores) out.places.add(place.store, place.location);
        machine.certificates.push_back(out);
    }
    return machine;
}

Index FleetBuilder::word(const std::string& text) {
    const std::string kept = printable(text, max_name);
    const auto [known, is_new] = words_.try_emplace(kept, static_cast<Index>(fleet_.words.size()));
    if (is_new) fleet_.words.push_back(kept);
    return known->second;
}

Index FleetBuilder::finding(const ReportFinding& finding) {
    const auto [known, is_new] =
        findings_.try_emplace(key_of(finding), static_cast<Index>(fleet_.findings.size()));
    if (is_new)
        fleet_.findings.push_back(
            {finding.code, finding.severity, finding.subject, finding.message, finding.remedy});
    return known->second;
}

// Reports of machines that do not have the bytes know the digest only.
Index FleetBuilder::certificate(const ReportCertificate& certificate, std::string sha256) {
    const auto [known, is_new] =
        certificates_.try_emplace(sha256, static_cast<Index>(fleet_.certificates.size()));
    if (is_new) fleet_.certificates.push_back({.sha256 = std::move(sha256)});
    FleetCertificate& kept = fleet_.certificates[known->second];
    if (kept.thumbprint.empty()) kept.thumbprint = certificate.thumbprint;
    if (kept.subject.empty()) kept.subject = certificate.subject;
    if (!kept.not_after) kept.not_after = certificate.not_after;
    return known->second;
}

} // namespace wta
