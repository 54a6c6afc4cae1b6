// sink-probe REPORT SINK TARGET [NAME=VALUE...]: takes the report in a JSON file to a target through a real
// sink, and prints what came of it as one JSON object.
//
//   SINK TARGET         https URL | otlp URL | syslog HOST:PORT | prometheus FILE | file PATH
//   test=yes            as `report test` does
//   computer=NAME       that runs the agent
//   success=TIME        when a run last found the machine compliant
//   token=FILE          of a bearer token; others=SENTENCE: who else can read it, or write to the folder
//   certificate=FILE    of the client
//   text=FILE           its bytes, whatever they are, take the place of the free texts of a report (sample)
//   ca=FILE             whose servers are trusted
#include "agent/platform/platform.h"
#include "agent/reporting/file_sink.h"
#include "agent/reporting/https_sink.h"
#include "agent/reporting/otlp_sink.h"
#include "agent/reporting/prometheus_sink.h"
#include "agent/reporting/syslog_sink.h"
#include "agent/transport/uplink.h"
#include "common/base/utf.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"

#include <boost/json.hpp>

#include <cstdio>
#include <iostream>
#include <map>
#include <memory>

namespace {

using namespace wta;
namespace json = boost::json;

std::string content_of(const std::string& file) {
    auto text = platform::read_file(std::u8string(file.begin(), file.end()), 64 * 1024 * 1024);
    if (text) return *std::move(text);
    std::cerr << text.error().message << '\n';
    std::exit(2);
}

void say_everywhere(StatusReport& report, const std::string& text) {
    report.endpoint_name = text;
    report.agent_version = text;
    report.settings_place = text;
    report.policy_source = text;
    ReportFinding& finding = report.findings.at(0);
    for (std::string* part : {&finding.code, &finding.subject, &finding.message, &finding.expected,
                              &finding.actual, &finding.remedy})
        *part = text;
    ReportChange& change = report.changes.at(0);
    for (std::string* part : {&change.action, &change.store, &change.detail}) *part = text;
    ReportCertificate& certificate = report.certificates.at(0);
    for (std::string* part :
         {&certificate.subject, &certificate.issuer, &certificate.state, &certificate.note})
        *part = text;
}

OutgoingReport read_report(const std::string& file, std::map<std::string, std::string>& options) {
    const std::string text = content_of(file);
    auto report = report_from_json(text);
    if (!report) {
        std::cerr << report.error().message << '\n';
        std::exit(2);
    }
    OutgoingReport out{
        .id = report->run_id, .json = to_compact_text(json::parse(text)), .report = *std::move(report)};
    if (options.contains("text")) {
        say_everywhere(out.report, content_of(options["text"]));
        const std::string again = to_compact_text(to_json(out.report));
        if (is_valid_utf8(again)) out.json = again;
    }
    if (options.contains("success")) out.last_success = from_rfc3339(options["success"]);
    return out;
}

std::unique_ptr<Sink> make_sink(const std::string& name, const std::string& target,
                                std::map<std::string, std::string>& options) {
    const auto optional = [&options](const std::string& key) {
        return options.contains(key) ? std::optional(options[key]) : std::nullopt;
    };
    const std::shared_ptr<Uplink> uplink =
        make_uplink({.ca_file = optional("ca"), .system_proxy = {}, .user_agent = "sink-probe/1"});
    const auto others = [who = optional("others")](const std::filesystem::path&) { return who; };
    const std::string computer = options["computer"];
    if (name == "https")
        return std::make_unique<HttpsSink>(HttpsSink::Options{.url = target,
                                                              .token_file = optional("token"),
                                                              .client_certificate = optional("certificate"),
                                                              .computer = computer,
                                                              .unprotected = others},
                                           uplink);
    if (name == "otlp") return std::make_unique<OtlpSink>(target, computer, uplink);
    if (name == "syslog") {
        const std::size_t colon = target.rfind(':');
        return std::make_unique<SyslogSink>(TlsAddress{target.substr(0, colon), target.substr(colon + 1)},
                                            computer, uplink);
    }
    if (name == "prometheus") return std::make_unique<PrometheusSink>(target, computer);
    if (name == "file")
        return std::make_unique<FileSink>(
            FileSink::Options{.path = target, .computer = computer, .unprotected = others});
    std::cerr << "no such sink: " << name << '\n';
    std::exit(2);
}

std::string_view word(Delivery::Kind kind) {
    switch (kind) {
    case Delivery::Kind::delivered: return "delivered";
    case Delivery::Kind::later: return "later";
    case Delivery::Kind::refused: return "refused";
    }
    return "";
}

} // namespace

int main(int argc, char* argv[]) {
    const platform::Process process;
    const std::vector<std::string> arguments = platform::arguments(argc, argv);
    if (arguments.size() < 4) {
        std::cerr << "usage: sink-probe REPORT SINK TARGET [NAME=VALUE...]\n";
        return 2;
    }
    std::map<std::string, std::string> options{{"computer", "PC-1"}};
    for (const std::string& option : std::span(arguments).subspan(4)) {
        const std::size_t sign = option.find('=');
        options[option.substr(0, sign)] = option.substr(sign + 1);
    }
    const OutgoingReport report = read_report(arguments[1], options);
    const auto sink = make_sink(arguments[2], arguments[3], options);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    const Delivery came =
        options.contains("test") ? sink->test(report, deadline) : sink->deliver(report, deadline);
    json::object answer{{"kind", word(came.kind)}, {"detail", came.detail}, {"target", sink->target()}};
    if (came.retry_after) answer["retryAfter"] = came.retry_after->count();
    std::cout << json::serialize(answer) << '\n';
    return 0;
}
