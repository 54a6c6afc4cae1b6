#include "common/fleet/fleet_csv.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <initializer_list>
#include <vector>

namespace wta {
namespace {

constexpr std::string_view unreadable_state = "Unreadable";

void append_line(std::string& out, std::initializer_list<std::string_view> fields) {
    bool first = true;
    for (const std::string_view field : fields) {
        if (!first) out += ',';
        first = false;
        out += csv_field(field);
    }
    out += "\r\n";
}

// Codes of errors and warnings: what there is to do.
std::string reasons_of(const Fleet& fleet, const Machine& machine) {
    std::vector<std::string_view> codes;
    for (const Index index : machine.findings) {
        const FleetFinding& finding = fleet.findings[index];
        if (finding.severity != Severity::info && std::ranges::find(codes, finding.code) == codes.end())
            codes.emplace_back(finding.code);
    }
    return fmt::format("{}", fmt::join(codes, " "));
}

// "5f2b… in Root TrustedPublisher" for each, whole digests.
std::string certificates_of(const Fleet& fleet, const Machine& machine) {
    std::vector<std::string> texts;
    for (const MachineCertificate& held : machine.certificates) {
        std::vector<std::string_view> stores;
        for (const FleetStore store :
             {FleetStore::root, FleetStore::trusted_publisher, FleetStore::disallowed})
            if (held.places.in(store)) stores.push_back(to_string(store));
        const std::string& sha256 = fleet.certificates[held.certificate].sha256;
        texts.push_back(stores.empty() ? fmt::format("{} in no store", sha256)
                                       : fmt::format("{} in {}", sha256, fmt::join(stores, " ")));
    }
    return fmt::format("{}", fmt::join(texts, "; "));
}

} // namespace

std::string csv_field(std::string_view text) {
    constexpr std::string_view formula_starts = "=+-@\t\r";
    std::string field(text);
    if (!field.empty() && formula_starts.contains(field.front())) field.insert(field.begin(), '\'');
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string quoted = "\"";
    for (const char c : field) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + "\"";
}

std::string to_csv(const Fleet& fleet, const FleetSummary& summary) {
    std::string out;
    append_line(out, {"machine", "kind", "state", "lastReport", "silent", "version", "mode", "reasons",
                      "certificates", "file", "problem"});
    for (const Machine& machine : fleet.machines)
        append_line(out, {machine.name, fleet.words[machine.kind], to_string(machine.state),
                          to_rfc3339(machine.time),
                          is_silent(machine, summary.now, summary.silent_after) ? "yes" : "no",
                          fleet.words[machine.version], fleet.words[machine.mode], reasons_of(fleet, machine),
                          certificates_of(fleet, machine), machine.file, ""});
    for (const UnreadableFile& each : fleet.unreadable)
        append_line(out, {"", "", unreadable_state, "", "", "", "", "", "", each.file, each.why});
    return out;
}

std::string to_csv(const Fleet& fleet, const FleetAnswer& answer) {
    const auto word = [](Obstacle obstacle) {
        if (obstacle == Obstacle::none) return "yes";
        return obstacle == Obstacle::silent ? "excluded" : "no";
    };
    std::string out;
    append_line(out, {"machine", "answer", "why", "detail", "lastReport", "file"});
    for (const MachineAnswer& each : answer.machines) {
        const Machine& machine = fleet.machines[each.machine];
        append_line(out, {machine.name, word(each.obstacle),
                          each.obstacle == Obstacle::none ? std::string_view() : to_string(each.obstacle),
                          each.detail, to_rfc3339(machine.time), machine.file});
    }
    for (const UnreadableFile& each : fleet.unreadable)
        append_line(out, {"", "no", "unreadable", each.why, "", each.file});
    return out;
}

} // namespace wta
