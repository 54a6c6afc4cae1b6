// Every key that the settings know, group by group; the reader, the listing and the documentation are checked
// against it.
#pragma once

#include <array>
#include <string_view>

namespace wta {

inline constexpr std::array<std::string_view, 8> top_level_keys{
    "mode", "certificates", "policy", "only_with_wsus", "fetch", "schedule", "log", "report"};

inline constexpr std::array<std::string_view, 8> certificate_keys{
    "sha256", "source", "der", "state", "allow", "restrict_usage", "retrust", "note"};

inline constexpr std::array<std::string_view, 2> policy_keys{"accept_trusted_publisher_certs",
                                                             "override_owner"};

inline constexpr std::array<std::string_view, 4> fetch_keys{"timeout", "refresh", "ca_file", "proxy"};

inline constexpr std::array<std::string_view, 2> schedule_keys{"interval", "watch"};

inline constexpr std::array<std::string_view, 1> log_keys{"format"};

inline constexpr std::array<std::string_view, 7> report_keys{"spool", "heartbeat", "file",      "https",
                                                             "otlp",  "syslog",    "prometheus"};
// The groups in it.
inline constexpr std::array<std::string_view, 1> report_file_keys{"path"};
inline constexpr std::array<std::string_view, 3> report_https_keys{"url", "token_file", "client_certificate"};
inline constexpr std::array<std::string_view, 1> report_otlp_keys{"endpoint"};
inline constexpr std::array<std::string_view, 1> report_syslog_keys{"address"};
inline constexpr std::array<std::string_view, 1> report_prometheus_keys{"file"};

} // namespace wta
