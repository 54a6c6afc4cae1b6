// What the administrator asked for, as plain values, each with where it came from.
#pragma once

#include "common/base/bytes.h"
#include "common/certificate/admission.h"
#include "common/certificate/digest.h"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wta {

// Layers in rising rank.
enum class Layer { built_in, installer, file, command_line, machine_policy };

struct Origin {
    Layer layer = Layer::built_in;
    std::string place; // the file, or the registry key
    int line = 0;      // 1-based; 0: no line
    int column = 0;
    bool operator==(const Origin&) const = default;
};

// "built in", "C:\…\agent.yaml:12:3"
[[nodiscard]] std::string describe(const Origin& origin);

template <class T>
struct Setting {
    T value{};
    Origin origin{};
    bool operator==(const Setting&) const = default;
};

enum class Mode { enforce, audit };
enum class CertificateState { trusted, withdrawn, distrusted };

struct CertificateSettings {
    std::optional<Sha256> sha256;     // the pin
    std::vector<std::string> sources; // in order; {sha256} replaced; relative file paths made absolute
    std::optional<Bytes> der;         // carried in the settings; hashes to the pin when there is one
    CertificateState state = CertificateState::trusted;
    Exceptions allow;
    bool restrict_usage = true;
    std::optional<std::string> retrust; // the id of the tombstone that this entry lifts
    std::string note;                   // printable, valid UTF-8
    Origin origin;
    bool operator==(const CertificateSettings&) const = default;
};

struct ProxyNone {
    bool operator==(const ProxyNone&) const = default;
};
struct ProxySystem {
    bool operator==(const ProxySystem&) const = default;
};
struct ProxyExplicit {
    std::string host; // without brackets
    std::string port;
    bool operator==(const ProxyExplicit&) const = default;
};
using Proxy = std::variant<ProxyNone, ProxySystem, ProxyExplicit>;

struct FetchSettings {
    Setting<std::chrono::milliseconds> timeout{std::chrono::seconds{30}};
    Setting<std::chrono::seconds> refresh{std::chrono::days{7}};
    Setting<std::optional<std::string>> ca_file;
    Setting<Proxy> proxy{ProxyNone{}};
    bool operator==(const FetchSettings&) const = default;
};

// What the drift watch does about a change.
enum class Watch { repair, report, off };

struct ScheduleSettings {
    Setting<std::chrono::seconds> interval{std::chrono::hours{4}};
    Setting<Watch> watch{Watch::repair};
    bool operator==(const ScheduleSettings&) const = default;
};

enum class LogFormat { text, json, cmtrace };

struct HostAndPort {
    std::string host; // without brackets
    std::string port;
    bool operator==(const HostAndPort&) const = default;
};

// Where reports go besides the machine itself; a place that is not named gets none.
struct ReportSettings {
    using Text = Setting<std::optional<std::string>>;
    Text spool; // folder; nothing: the system's own place for it
    Setting<std::chrono::seconds> heartbeat{std::chrono::hours{24}}; // of a state that does not change
    Text file_path;                                                  // may contain {host}
    Text https_url;
    Text https_token_file;
    Text https_client_certificate;
    Text otlp_endpoint; // the base of /v1/logs and /v1/metrics
    Setting<std::optional<HostAndPort>> syslog_address;
    Text prometheus_file;
    bool operator==(const ReportSettings&) const = default;
};

struct Settings {
    Setting<Mode> mode{Mode::enforce};
    std::vector<CertificateSettings> certificates; // in the order of the file
    Setting<bool> accept_trusted_publisher_certs{true};
    Setting<bool> override_owner{false};
    Setting<bool> only_with_wsus{false};
    FetchSettings fetch;
    ScheduleSettings schedule;
    Setting<LogFormat> log_format{LogFormat::text};
    ReportSettings report;
    bool operator==(const Settings&) const = default;
};

} // namespace wta
