#include "agent/commands/make_sinks.h"

#include "agent/platform/platform.h"
#include "agent/reporting/file_sink.h"
#include "agent/reporting/https_sink.h"
#include "agent/reporting/otlp_sink.h"
#include "agent/reporting/prometheus_sink.h"
#include "agent/reporting/syslog_sink.h"
#include "agent/transport/uplink.h"

namespace wta {
namespace {

// Ordinary users have nothing to gain from an agent that has no more rights than they.
std::optional<std::string> who_could_redirect(const std::filesystem::path& folder) {
    return platform::is_elevated() ? platform::writable_by_others(folder) : std::nullopt;
}

std::optional<std::string> who_could_read(const std::filesystem::path& file) {
    return platform::is_elevated() ? platform::readable_by_others(file) : std::nullopt;
}

std::shared_ptr<Uplink> uplink_of(const Settings& settings) {
    const bool system = std::holds_alternative<ProxySystem>(settings.fetch.proxy.value);
    return make_uplink({.ca_file = settings.fetch.ca_file.value,
                        .proxy = settings.fetch.proxy.value,
                        .system_proxy = system ? platform::system_proxy() : platform::SystemProxy{},
                        .user_agent = "wsus-trust-agent/" WSUS_TRUST_AGENT_VERSION});
}

} // namespace

std::vector<std::shared_ptr<Sink>> make_sinks(const Settings& settings, const std::string& computer) {
    const ReportSettings& report = settings.report;
    std::vector<std::shared_ptr<Sink>> sinks;
    if (report.prometheus_file.value)
        sinks.push_back(std::make_shared<PrometheusSink>(*report.prometheus_file.value, computer));
    if (report.file_path.value)
        sinks.push_back(std::make_shared<FileSink>(
            FileSink::Options{*report.file_path.value, computer, who_could_redirect}));
    if (!report.https_url.value && !report.otlp_endpoint.value && !report.syslog_address.value) return sinks;

    const std::shared_ptr<Uplink> uplink = uplink_of(settings);
    if (report.https_url.value)
        sinks.push_back(std::make_shared<HttpsSink>(
            HttpsSink::Options{.url = *report.https_url.value,
                               .token_file = report.https_token_file.value,
                               .client_certificate = report.https_client_certificate.value,
                               .computer = computer,
                               .unprotected = who_could_read},
            uplink));
    if (report.otlp_endpoint.value)
        sinks.push_back(std::make_shared<OtlpSink>(*report.otlp_endpoint.value, computer, uplink));
    if (const auto& address = report.syslog_address.value)
        sinks.push_back(
            std::make_shared<SyslogSink>(TlsAddress{address->host, address->port}, computer, uplink));
    return sinks;
}

} // namespace wta
