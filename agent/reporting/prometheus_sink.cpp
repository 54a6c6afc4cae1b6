#include "agent/reporting/prometheus_sink.h"

#include "agent/platform/utf8_path.h"
#include "agent/reporting/report_file.h"
#include "common/base/utf.h"

#include <fmt/format.h>
#include <map>
#include <utility>
#include <vector>

namespace wta {
namespace {

constexpr std::string_view setting = "report.prometheus.file";
constexpr std::size_t max_label = 256; // bytes: each value is a key of the database

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : printable(text, max_label)) {
        if (c == '\\' || c == '"') out += '\\';
        out += c; // a line break is no printable character
    }
    return out;
}

std::string series(std::string_view name, const Labels& labels) {
    std::string out(name);
    char separator = '{';
    for (const auto& [label, value] : labels) {
        out += fmt::format("{}{}=\"{}\"", separator, label, escaped(value));
        separator = ',';
    }
    if (!labels.empty()) out += '}';
    return out;
}

// One metric with all its samples. A series that is there twice makes the exporter refuse the whole file.
class Gauge {
public:
    Gauge(std::string_view name, std::string_view help) : name_(name), help_(help) {}

    void set(const Labels& labels, std::int64_t value) { samples_[series(name_, labels)] = value; }
    void add(const Labels& labels, std::int64_t value) { samples_[series(name_, labels)] += value; }

    [[nodiscard]] std::string text() const {
        if (samples_.empty()) return {};
        std::string out = fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name_, help_, name_);
        for (const auto& [sample, value] : samples_) out += fmt::format("{} {}\n", sample, value);
        return out;
    }

private:
    std::string_view name_;
    std::string_view help_;
    std::map<std::string, std::int64_t> samples_;
};

std::int64_t unix_seconds(Timestamp time) { return time.time_since_epoch().count(); }

} // namespace

std::string exposition(const OutgoingReport& outgoing, const ReportOrigin& origin) {
    const StatusReport& report = outgoing.report;
    Gauge compliant("wsus_trust_agent_compliant",
                    "Whether the last run found the endpoint as the settings ask for (1) or not (0).");
    if (report.in_desired_state) compliant.set({}, *report.in_desired_state ? 1 : 0);

    Gauge info("wsus_trust_agent_info", "Which agent and settings the last run had, and on what it ran.");
    info.set({{"version", report.agent_version},
              {"mode", report.mode},
              {"endpoint", origin.name},
              {"kind", origin.kind},
              {"settings", report.settings_digest}},
             1);

    Gauge last_run("wsus_trust_agent_last_run_timestamp_seconds", "When the last run was.");
    last_run.set({}, unix_seconds(report.time));

    Gauge last_success("wsus_trust_agent_last_success_timestamp_seconds",
                       "When a run last found the endpoint as the settings ask for.");
    if (outgoing.last_success) last_success.set({}, unix_seconds(*outgoing.last_success));

    Gauge not_after("wsus_trust_agent_certificate_not_after_timestamp_seconds",
                    "When a certificate of the settings expires.");
    for (const ReportCertificate& certificate : report.certificates)
        if (certificate.not_after)
            not_after.set({{"sha256", certificate.sha256},
                           {"thumbprint", certificate.thumbprint},
                           {"subject", certificate.subject},
                           {"state", certificate.state}},
                          unix_seconds(*certificate.not_after));

    Gauge findings("wsus_trust_agent_finding", "How many findings of a code the last run had.");
    for (const ReportFinding& finding : report.findings)
        findings.add({{"code", finding.code}, {"severity", std::string(to_string(finding.severity))}}, 1);

    return compliant.text() + info.text() + last_run.text() + last_success.text() + not_after.text() +
           findings.text();
}

std::string PrometheusSink::target() const { return printable(path_); }

Delivery PrometheusSink::deliver(const OutgoingReport& report,
                                 std::chrono::steady_clock::time_point /*deadline*/) {
    return put_file(platform::path_from_utf8(path_), exposition(report, origin_of(report.report, computer_)),
                    setting);
}

Delivery PrometheusSink::test(const OutgoingReport& report,
                              std::chrono::steady_clock::time_point /*deadline*/) {
    return try_file(platform::path_from_utf8(path_), exposition(report, origin_of(report.report, computer_)),
                    setting);
}

} // namespace wta
