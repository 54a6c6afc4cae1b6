#include "common/fleet/fleet_json.h"

#include "common/report/json_text.h"
#include "common/settings/duration.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace wta {
namespace {

namespace json = boost::json;

constexpr int schema_version = 1;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

// One member of the document on a line, a list with a line for each item.
class Document {
public:
    void member(std::string_view name, const json::value& value) {
        begin(name);
        text_ += to_compact_text(value);
    }

    template <class List, class Make>
    void list(std::string_view name, const List& items, Make make) {
        begin(name);
        text_ += '[';
        bool first = true;
        for (const auto& item : items) {
            text_ += first ? "\n    " : ",\n    ";
            first = false;
            text_ += to_compact_text(make(item));
        }
        text_ += first ? "]" : "\n  ]";
    }

    std::string take() && {
        text_ += "\n}\n";
        return std::move(text_);
    }

private:
    void begin(std::string_view name) {
        text_ += fmt::format("{}\n  \"{}\": ", text_.empty() ? "{" : ",", name);
    }

    std::string text_;
};

json::object certificate_json(const Fleet& fleet, const MachineCertificate& held) {
    json::array stores;
    for (const FleetStore store : {FleetStore::root, FleetStore::trusted_publisher, FleetStore::disallowed})
        if (held.places.in(store)) stores.emplace_back(to_string(store));
    return {{"sha256", fleet.certificates[held.certificate].sha256},
            {"state", to_string(held.trust)},
            {"stores", std::move(stores)}};
}

json::object machine_json(const Fleet& fleet, const FleetSummary& summary, const Machine& machine) {
    json::array reasons;
    for (const Index finding : machine.findings) {
        const std::string& code = fleet.findings[finding].code;
        if (std::ranges::find(reasons, json::value(code)) == reasons.end()) reasons.emplace_back(code);
    }
    json::array certificates;
    for (const MachineCertificate& held : machine.certificates)
        certificates.push_back(certificate_json(fleet, held));
    return {{"name", machine.name},
            {"kind", text_or_null(fleet.words[machine.kind])},
            {"file", machine.file},
            {"runId", machine.run_id},
            {"time", to_rfc3339(machine.time)},
            {"silent", is_silent(machine, summary.now, summary.silent_after)},
            {"state", to_string(machine.state)},
            {"version", text_or_null(fleet.words[machine.version])},
            {"mode", text_or_null(fleet.words[machine.mode])},
            {"reasons", std::move(reasons)},
            {"certificates", std::move(certificates)}};
}

json::object reason_json(const ReasonCount& reason) {
    return {{"code", reason.code},
            {"severity", to_string(reason.severity)},
            {"machines", reason.machines},
            {"message", reason.message},
            {"remedy", reason.remedy}};
}

json::object certificate_json(const Fleet& fleet, const CertificateCount& count) {
    const FleetCertificate& certificate = fleet.certificates[count.certificate];
    return {
        {"sha256", certificate.sha256},
        {"thumbprint", text_or_null(certificate.thumbprint)},
        {"subject", text_or_null(certificate.subject)},
        {"notAfter", certificate.not_after ? json::value(to_rfc3339(*certificate.not_after)) : json::value()},
        {"daysLeft", count.days_left ? json::value(count.days_left->count()) : json::value()},
        {"trustedBySettings", count.trusted},
        {"inTrustedPublisher", count.publisher},
        {"inRoot", count.root},
        {"inDisallowed", count.disallowed}};
}

void add_head(Document& document, const Fleet& fleet, const FleetSummary& summary) {
    document.member("schemaVersion", schema_version);
    document.member("time", json::value(to_rfc3339(summary.now)));
    document.member("counts", counts_json(fleet, summary));
}

} // namespace

boost::json::object counts_json(const Fleet& fleet, const FleetSummary& summary) {
    return {{"files", fleet.files},
            {"machines", fleet.machines.size()},
            {"compliant", summary.compliant},
            {"nonCompliant", summary.non_compliant},
            {"notApplicable", summary.not_applicable},
            {"unknown", summary.unknown},
            {"silent", summary.silent.size()},
            {"unreadable", fleet.unreadable.size()},
            {"superseded", fleet.superseded},
            {"tests", fleet.tests}};
}

boost::json::array unreadable_json(const Fleet& fleet) {
    json::array out;
    for (const UnreadableFile& each : fleet.unreadable)
        out.push_back(json::object{{"file", each.file}, {"why", each.why}});
    return out;
}

std::string to_json_text(const Fleet& fleet, const FleetSummary& summary) {
    Document document;
    add_head(document, fleet, summary);
    document.member("silentAfter", json::value(to_string(summary.silent_after)));
    document.list("reasons", summary.reasons, reason_json);
    document.list("certificates", summary.certificates,
                  [&](const CertificateCount& count) { return certificate_json(fleet, count); });
    document.list("versions", summary.versions, [](const VersionCount& count) {
        return json::object{{"version", text_or_null(count.version)}, {"machines", count.machines}};
    });
    document.list("silent", summary.silent, [&](Index machine) {
        return json::object{{"name", fleet.machines[machine].name},
                            {"time", to_rfc3339(fleet.machines[machine].time)}};
    });
    document.member("unreadable", unreadable_json(fleet));
    document.list("machines", fleet.machines,
                  [&](const Machine& machine) { return machine_json(fleet, summary, machine); });
    return std::move(document).take();
}

std::string to_json_text(const Fleet& fleet, const FleetSummary& summary, const FleetAnswer& answer) {
    Document document;
    add_head(document, fleet, summary);
    document.member("question", answer.question == FleetQuestion::ready ? "ready" : "gone");
    document.member("sha256", json::value(to_string(answer.sha256)));
    document.member("excludeSilent",
                    answer.exclude_silent ? json::value(to_string(*answer.exclude_silent)) : json::value());
    document.member("proven", answer.proven());
    document.member("yes", answer.yes);
    document.member("no", answer.no);
    document.member("excluded", answer.excluded);
    document.member("unreadable", unreadable_json(fleet));
    document.list("machines", answer.machines, [&](const MachineAnswer& each) {
        const Machine& machine = fleet.machines[each.machine];
        const bool excluded = each.obstacle == Obstacle::silent;
        return json::object{
            {"name", machine.name},
            {"time", to_rfc3339(machine.time)},
            {"answer", each.obstacle == Obstacle::none ? "yes"
                       : excluded                      ? "excluded"
                                                       : "no"},
            {"why", each.obstacle == Obstacle::none ? json::value() : json::value(to_string(each.obstacle))},
            {"detail", text_or_null(each.detail)}};
    });
    return std::move(document).take();
}

} // namespace wta
