#include "common/settings/report_reader.h"

#include "common/base/utf.h"
#include "common/settings/setting_keys.h"
#include "common/settings/source_kind.h"
#include "common/settings/web_address.h"

namespace wta {

namespace {

using Text = std::optional<std::string>;

constexpr std::string_view host_placeholder = "{host}";
constexpr std::string_view default_syslog_port = "6514"; // RFC 5425, 4.1

std::string in_quotes(std::string_view text) { return "\"" + printable(text, 200) + "\""; }

enum class Shares { allowed, refused };

// `what` begins each complaint: "file.path".
std::optional<Text> read_path(const YamlNode& node, std::string_view what, Shares shares,
                              SettingsReading& reading) {
    if (node.kind == YamlNode::Kind::null) return std::nullopt;
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    const auto complain = [&](const std::string& why) {
        reading.report(node.position, std::string(what) + " is " + why + "; not " + in_quotes(*text));
        return std::nullopt;
    };
    const auto kind = source_kind(*text);
    const bool share = kind && *kind == SourceKind::unc;
    if (!kind || (*kind != SourceKind::file && !share))
        return complain(shares == Shares::allowed
                            ? R"(the path of a file, C:\folder\file or \\server\share\file)"
                            : "a path on this machine");
    if (share && shares == Shares::refused) return complain("a path on this machine, not on a share");
    if (share) return Text(text);
    auto path = reading.absolute(*text);
    if (!path)
        return complain(R"(a full path here, as in C:\folder\file, because there is no folder that a )"
                        "relative one could count from");
    return path;
}

std::string_view file_name(std::string_view path) {
    return path.substr(path.find_last_of("/\\") + 1); // npos + 1 is 0
}

std::optional<Text> read_file_path(const YamlNode& node, SettingsReading& reading) {
    auto path = read_path(node, "path", Shares::allowed, reading);
    if (!path || !*path) return path;
    std::string_view rest = **path;
    if (file_name(rest).empty()) {
        reading.report(node.position, R"(path is that of a file, as in \\server\share\{host}.json; )" +
                                          in_quotes(rest) + " is a folder");
        return std::nullopt;
    }
    for (std::size_t at = rest.find_first_of("{}"); at != std::string_view::npos;
         at = rest.find_first_of("{}")) {
        if (!rest.substr(at).starts_with(host_placeholder)) {
            reading.report(node.position, "the only thing in braces that path knows is {host}, the name of "
                                          "the machine; not " +
                                              in_quotes(rest.substr(at)));
            return std::nullopt;
        }
        rest.remove_prefix(at + host_placeholder.size());
    }
    return path;
}

std::optional<Text> read_prometheus_file(const YamlNode& node, SettingsReading& reading) {
    auto path = read_path(node, "file", Shares::refused, reading);
    if (!path || !*path || (*path)->ends_with(".prom")) return path;
    reading.report(node.position,
                   "file ends in .prom, because the exporter reads no other files; not " + in_quotes(**path));
    return std::nullopt;
}

// A host of digits and dots is an address (RFC 3986, 3.2.2), so no name begins like this.
bool is_loopback(const WebAddress& address) {
    if (address.ipv6) return address.host == "::1";
    const bool is_address = address.host.find_first_not_of("0123456789.") == std::string::npos;
    return address.host == "localhost" || (is_address && address.host.starts_with("127."));
}

std::optional<Text> read_https_url(const YamlNode& node, SettingsReading& reading) {
    if (node.kind == YamlNode::Kind::null) return std::nullopt;
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    const auto address = parse_web_address(*text);
    if (address && address->https) return Text(text);
    reading.report(node.position,
                   "url is where reports are posted to, https://host/path" +
                       (address ? std::string(", because reports go over TLS; not ") + in_quotes(*text)
                                : ": " + address.error().message));
    return std::nullopt;
}

std::optional<Text> read_otlp_endpoint(const YamlNode& node, SettingsReading& reading) {
    if (node.kind == YamlNode::Kind::null) return std::nullopt;
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    const auto address = parse_web_address(*text);
    std::string why;
    if (!address)
        why = ": " + address.error().message;
    else if (!address->https && !is_loopback(*address))
        why = "; without TLS only on this machine itself; not " + in_quotes(*text);
    else if (address->target.contains('?'))
        why = "; /v1/logs and /v1/metrics are appended to it, so it has no query; not " + in_quotes(*text);
    if (why.empty()) return Text(text->substr(0, text->find_last_not_of('/') + 1));
    reading.report(node.position, "endpoint is the base URL of an OTLP/HTTP receiver, as in "
                                  "https://collector.example.com:4318" +
                                      why);
    return std::nullopt;
}

std::optional<std::optional<HostAndPort>> read_syslog_address(const YamlNode& node,
                                                              SettingsReading& reading) {
    if (node.kind == YamlNode::Kind::null) return std::nullopt;
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    auto address = parse_web_address("https://" + *text);
    if (address && address->target == "/" && !text->ends_with('/')) {
        if (address->port.empty()) address->port = default_syslog_port;
        return HostAndPort{std::move(address->host), std::move(address->port)};
    }
    reading.report(node.position, "address is the host and port of a syslog receiver with TLS, as in "
                                  "logs.example.com:6514; not " +
                                      in_quotes(*text));
    return std::nullopt;
}

void read_https(const YamlNode& group, ReportSettings& report, SettingsReading& reading) {
    check_keys(group, report_https_keys, reading);
    if (const auto* node = find_key(group, "url"))
        assign(report.https_url, *node, read_https_url(*node, reading), reading);
    if (const auto* node = find_key(group, "token_file"))
        assign(report.https_token_file, *node, read_path(*node, "token_file", Shares::refused, reading),
               reading);
    if (const auto* node = find_key(group, "client_certificate"))
        assign(report.https_client_certificate, *node,
               read_path(*node, "client_certificate", Shares::refused, reading), reading);
}

} // namespace

void read_report_settings(const YamlNode& group, ReportSettings& report, SettingsReading& reading) {
    constexpr std::chrono::milliseconds shortest_heartbeat = std::chrono::hours{1};
    constexpr std::chrono::milliseconds longest_heartbeat = std::chrono::days{30};
    check_keys(group, report_keys, reading);
    if (const auto* node = find_key(group, "spool"))
        assign(report.spool, *node, read_path(*node, "spool", Shares::refused, reading), reading);
    if (const auto* node = find_key(group, "heartbeat"))
        assign(report.heartbeat, *node, read_seconds(*node, shortest_heartbeat, longest_heartbeat, reading),
               reading);
    if (const auto* inner = find_key(group, "file"); is_mapping(inner, reading)) {
        check_keys(*inner, report_file_keys, reading);
        if (const auto* node = find_key(*inner, "path"))
            assign(report.file_path, *node, read_file_path(*node, reading), reading);
    }
    if (const auto* inner = find_key(group, "https"); is_mapping(inner, reading))
        read_https(*inner, report, reading);
    if (const auto* inner = find_key(group, "otlp"); is_mapping(inner, reading)) {
        check_keys(*inner, report_otlp_keys, reading);
        if (const auto* node = find_key(*inner, "endpoint"))
            assign(report.otlp_endpoint, *node, read_otlp_endpoint(*node, reading), reading);
    }
    if (const auto* inner = find_key(group, "syslog"); is_mapping(inner, reading)) {
        check_keys(*inner, report_syslog_keys, reading);
        if (const auto* node = find_key(*inner, "address"))
            assign(report.syslog_address, *node, read_syslog_address(*node, reading), reading);
    }
    if (const auto* inner = find_key(group, "prometheus"); is_mapping(inner, reading)) {
        check_keys(*inner, report_prometheus_keys, reading);
        if (const auto* node = find_key(*inner, "file"))
            assign(report.prometheus_file, *node, read_prometheus_file(*node, reading), reading);
    }
}

} // namespace wta
