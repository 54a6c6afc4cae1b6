// Every setting that has one value, in the order of the documentation. Certificates, which are a list, stand
// apart.
#pragma once

#include "common/settings/settings.h"

#include <string_view>

namespace wta {

// Calls visit(key, member) for each: the key as agent.yaml nests it ("fetch.timeout"), and a function that
// gives the member of Settings (const or not).
template <class Visit>
void for_each_setting(const Visit& visit) {
    visit("mode", [](auto& settings) -> auto& { return settings.mode; });
    visit("policy.accept_trusted_publisher_certs",
          [](auto& settings) -> auto& { return settings.accept_trusted_publisher_certs; });
    visit("policy.override_owner", [](auto& settings) -> auto& { return settings.override_owner; });
    visit("only_with_wsus", [](auto& settings) -> auto& { return settings.only_with_wsus; });
    visit("fetch.timeout", [](auto& settings) -> auto& { return settings.fetch.timeout; });
    visit("fetch.refresh", [](auto& settings) -> auto& { return settings.fetch.refresh; });
    visit("fetch.ca_file", [](auto& settings) -> auto& { return settings.fetch.ca_file; });
    visit("fetch.proxy", [](auto& settings) -> auto& { return settings.fetch.proxy; });
    visit("schedule.interval", [](auto& settings) -> auto& { return settings.schedule.interval; });
    visit("schedule.watch", [](auto& settings) -> auto& { return settings.schedule.watch; });
    visit("log.format", [](auto& settings) -> auto& { return settings.log_format; });
    visit("report.spool", [](auto& settings) -> auto& { return settings.report.spool; });
    visit("report.heartbeat", [](auto& settings) -> auto& { return settings.report.heartbeat; });
    visit("report.file.path", [](auto& settings) -> auto& { return settings.report.file_path; });
    visit("report.https.url", [](auto& settings) -> auto& { return settings.report.https_url; });
    visit("report.https.token_file",
          [](auto& settings) -> auto& { return settings.report.https_token_file; });
    visit("report.https.client_certificate",
          [](auto& settings) -> auto& { return settings.report.https_client_certificate; });
    visit("report.otlp.endpoint", [](auto& settings) -> auto& { return settings.report.otlp_endpoint; });
    visit("report.syslog.address", [](auto& settings) -> auto& { return settings.report.syslog_address; });
    visit("report.prometheus.file", [](auto& settings) -> auto& { return settings.report.prometheus_file; });
}

// What decides about trust, whom it is taken from, or whether anything is changed: when such a value is
// invalid, no lower layer may decide instead.
[[nodiscard]] constexpr bool decides_trust(std::string_view key) {
    return key == "mode" || key == "certificates" || key == "fetch.ca_file" || key == "fetch.proxy";
}

} // namespace wta
