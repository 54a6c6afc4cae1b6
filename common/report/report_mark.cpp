#include "common/report/report_mark.h"

#include "common/certificate/digest.h"
#include "common/report/codes.h"

#include <algorithm>

namespace wta {

namespace {

// Fields of any content, told apart by their lengths.
class Fields {
public:
    void add(std::string_view field) { text_ += std::to_string(field.size()) + ":" + std::string(field); }
    [[nodiscard]] std::string digest() const { return to_string(sha256_of(as_byte_view(text_))); }

private:
    std::string text_;
};

void add(Fields& fields, const ReportCertificate& certificate) {
    fields.add("certificate");
    for (const std::string* field :
         {&certificate.sha256, &certificate.thumbprint, &certificate.state, &certificate.note})
        fields.add(*field);
    fields.add(certificate.restricted ? "restricted" : "");
    for (const std::string& exception : certificate.allow) fields.add(exception);
    for (const StorePlace& place : certificate.stores) {
        fields.add(place.store);
        fields.add(place.location);
        fields.add(place.ours ? "ours" : "");
    }
}

std::chrono::seconds floor_to_slot(Timestamp time, const Heartbeat& heartbeat) {
    const auto since = time.time_since_epoch() - heartbeat.offset;
    auto rest = since % heartbeat.interval;
    if (rest < std::chrono::seconds::zero()) rest += heartbeat.interval;
    return since - rest;
}

} // namespace

std::string report_mark(const StatusReport& report) {
    Fields fields;
    fields.add(to_string(report.state));
    fields.add(std::to_string(exit_code(report)));
    fields.add(report.mode);
    fields.add(report.endpoint_name);
    fields.add(report.agent_version);
    fields.add(report.settings_digest);
    fields.add(report.policy_source);
    for (const ReportFinding& finding : report.findings) {
        const CodeInfo* const code = find_code(finding.code);
        if (code != nullptr && is_about_reporting(code->code)) continue;
        fields.add("finding");
        for (const std::string* field : {&finding.code, &finding.subject, &finding.owner}) fields.add(*field);
        fields.add(to_string(finding.severity));
    }
    if (report.actual_state) fields.add(report.actual_state->policy_value);
    for (const ReportCertificate& certificate : report.certificates) add(fields, certificate);
    return fields.digest();
}

bool is_worth_reporting(const StatusReport& report, const std::optional<LastReported>& last,
                        const Heartbeat& heartbeat) {
    constexpr int busy = 7;
    if (report.what_if || exit_code(report) == busy) return false;
    const bool changed = std::ranges::any_of(
        report.changes, [](const ReportChange& change) { return change.outcome != Outcome::planned; });
    if (!last || changed || report.endpoint_kind == "image") return true;
    if (report.command == "undo" || report.command == "distrust") return true;
    if (last->time > report.time || last->mark != report_mark(report)) return true;
    return floor_to_slot(last->time, heartbeat) != floor_to_slot(report.time, heartbeat);
}

} // namespace wta
