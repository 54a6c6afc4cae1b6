#include "common/fleet/page_data.h"

#include "common/report/json_text.h"

#include <boost/json.hpp>
#include <unordered_map>

namespace wta {
namespace {

namespace json = boost::json;

// Texts by number, for more than those that the fleet keeps already.
class Words {
public:
    explicit Words(const std::vector<std::string>& known) {
        for (const std::string& word : known) static_cast<void>(number(word));
    }

    std::size_t number(const std::string& word) {
        const auto [known, is_new] = numbers_.try_emplace(word, words_.size());
        if (is_new) words_.push_back(word);
        return known->second;
    }

    [[nodiscard]] json::array take() const { return json::array(words_.begin(), words_.end()); }

private:
    std::unordered_map<std::string, std::size_t> numbers_;
    std::vector<std::string> words_;
};

// The order in which administrators look at them; page.js has the same.
int rank(ComplianceState state) {
    switch (state) {
    case ComplianceState::non_compliant: return 0;
    case ComplianceState::unknown: return 1;
    case ComplianceState::compliant: return 2;
    case ComplianceState::not_applicable: return 3;
    }
    return 1;
}

std::string places_text(const FleetPlaces& places) {
    std::string text;
    for (const FleetStore store : {FleetStore::root, FleetStore::trusted_publisher, FleetStore::disallowed}) {
        if (!places.in(store)) continue;
        text += (text.empty() ? "in " : ", ") + places.describe(store);
    }
    return text;
}

json::array machine_array(const Machine& machine, Words& words) {
    json::array certificates;
    for (const MachineCertificate& held : machine.certificates)
        certificates.push_back(json::array{held.certificate, words.number(std::string(to_string(held.trust))),
                                           words.number(places_text(held.places))});
    return {machine.name,
            rank(machine.state),
            machine.time.time_since_epoch().count(),
            machine.kind,
            machine.version,
            machine.mode,
            json::array(machine.findings.begin(), machine.findings.end()),
            std::move(certificates),
            machine.file};
}

json::array finding_array(const FleetFinding& finding) {
    return {finding.code, static_cast<int>(finding.severity), finding.subject, finding.message,
            finding.remedy};
}

json::array certificate_array(const FleetCertificate& certificate) {
    return {certificate.sha256, certificate.subject, certificate.thumbprint};
}

template <class List, class Make>
void append_list(std::string& out, std::string_view name, const List& items, Make make) {
    out += "\"" + std::string(name) + "\":[";
    bool first = true;
    for (const auto& item : items) {
        if (!first) out += ",\n";
        first = false;
        out += inside_script(to_compact_text(make(item)));
    }
    out += "],\n";
}

} // namespace

std::string inside_script(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string_view rest = json.substr(i);
        if (rest.starts_with("<")) {
            out += "\\u003c";
        } else if (rest.starts_with(">")) {
            out += "\\u003e";
        } else if (rest.starts_with("&")) {
            out += "\\u0026";
        } else if (rest.starts_with("\u2028") || rest.starts_with("\u2029")) {
            out += rest.starts_with("\u2028") ? "\\u2028" : "\\u2029";
            i += 2; // three bytes
        } else {
            out += json[i];
        }
    }
    return out;
}

std::string page_data(const Fleet& fleet, const FleetSummary& summary) {
    Words words(fleet.words);
    std::string out = "{";
    append_list(out, "machines", fleet.machines,
                [&words](const Machine& machine) { return machine_array(machine, words); });
    append_list(out, "findings", fleet.findings, finding_array);
    append_list(out, "certificates", fleet.certificates, certificate_array);
    append_list(out, "words", words.take(), [](const json::value& word) { return word; });
    const json::object rest{{"now", summary.now.time_since_epoch().count()},
                            {"silentAfter", static_cast<double>(summary.silent_after.count()) / 1000}};
    return out + to_compact_text(rest).substr(1);
}

} // namespace wta
