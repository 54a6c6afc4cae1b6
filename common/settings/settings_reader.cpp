#include "common/settings/settings_reader.h"

#include "common/base/utf.h"
#include "common/settings/certificate_reader.h"
#include "common/settings/report_reader.h"
#include "common/settings/setting_keys.h"
#include "common/settings/setting_tree.h"
#include "common/settings/source_kind.h"
#include "common/settings/value_reader.h"
#include "common/settings/web_address.h"

#include <array>

namespace wta {

namespace {

using std::chrono::milliseconds;

std::string in_quotes(std::string_view text) { return "\"" + printable(text, 200) + "\""; }

std::optional<Mode> read_mode(const YamlNode& node, SettingsReading& reading) {
    constexpr std::array<std::string_view, 2> words{"enforce", "audit"};
    constexpr std::array modes{Mode::enforce, Mode::audit};
    const auto index = read_word(node, words, reading);
    return index ? std::optional(modes[*index]) : std::nullopt;
}

std::optional<std::optional<std::string>> read_ca_file(const YamlNode& node, SettingsReading& reading) {
    if (node.kind == YamlNode::Kind::null) return std::nullopt;
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    const auto kind = source_kind(*text);
    if (kind && *kind == SourceKind::file) {
        if (auto path = reading.absolute(*text)) return path;
        reading.report(node.position,
                       R"(ca_file is a full path here, as in C:\folder\roots.pem, because there )"
                       R"(is no folder that a relative one could count from; not )" +
                           in_quotes(*text));
        return std::nullopt;
    }
    reading.report(
        node.position,
        kind ? "ca_file is a local file with PEM certificates, because trust in the network cannot come "
               "through the network; not " +
                   in_quotes(*text)
             : kind.error().message);
    return std::nullopt;
}

std::optional<Proxy> read_proxy(const YamlNode& node, SettingsReading& reading) {
    const auto text = read_text(node, reading);
    if (!text) return std::nullopt;
    if (*text == "none") return ProxyNone{};
    if (*text == "system") return ProxySystem{};
    constexpr std::string_view choices = "proxy is none, system or http://host:port";
    if (!text->starts_with("http://")) {
        reading.report(node.position, std::string(choices) + "; not " + in_quotes(*text));
        return std::nullopt;
    }
    auto address = parse_web_address(*text);
    if (address && !address->port.empty() && address->target == "/")
        return ProxyExplicit{std::move(address->host), std::move(address->port)};
    const std::string why = !address                ? address.error().message
                            : address->port.empty() ? in_quotes(*text) + " has no port"
                                                    : in_quotes(*text) + " has something after the port";
    reading.report(node.position, std::string(choices) + ": " + why);
    return std::nullopt;
}

void read_policy(const YamlNode& group, Settings& settings, SettingsReading& reading) {
    check_keys(group, policy_keys, reading);
    if (const auto* node = find_key(group, "accept_trusted_publisher_certs"))
        assign(settings.accept_trusted_publisher_certs, *node, read_bool(*node, reading), reading);
    if (const auto* node = find_key(group, "override_owner"))
        assign(settings.override_owner, *node, read_bool(*node, reading), reading);
}

void read_fetch(const YamlNode& group, FetchSettings& fetch, SettingsReading& reading) {
    constexpr milliseconds shortest_timeout{100};
    constexpr milliseconds longest_timeout = std::chrono::minutes{5};
    check_keys(group, fetch_keys, reading);
    if (const auto* node = find_key(group, "timeout"))
        assign(fetch.timeout, *node, read_duration(*node, shortest_timeout, longest_timeout, reading),
               reading);
    if (const auto* node = find_key(group, "refresh"))
        assign(fetch.refresh, *node, read_seconds(*node, milliseconds{0}, std::chrono::days{365}, reading),
               reading);
    if (const auto* node = find_key(group, "ca_file"))
        assign(fetch.ca_file, *node, read_ca_file(*node, reading), reading);
    if (const auto* node = find_key(group, "proxy"))
        assign(fetch.proxy, *node, read_proxy(*node, reading), reading);
}

std::optional<Watch> read_watch(const YamlNode& node, SettingsReading& reading) {
    constexpr std::array<std::string_view, 3> words{"repair", "report", "off"};
    constexpr std::array watches{Watch::repair, Watch::report, Watch::off};
    const auto index = read_word(node, words, reading);
    return index ? std::optional(watches[*index]) : std::nullopt;
}

void read_schedule(const YamlNode& group, ScheduleSettings& schedule, SettingsReading& reading) {
    constexpr milliseconds shortest_interval = std::chrono::minutes{15};
    constexpr milliseconds longest_interval = std::chrono::days{7};
    check_keys(group, schedule_keys, reading);
    if (const auto* node = find_key(group, "interval"))
        assign(schedule.interval, *node, read_seconds(*node, shortest_interval, longest_interval, reading),
               reading);
    if (const auto* node = find_key(group, "watch"))
        assign(schedule.watch, *node, read_watch(*node, reading), reading);
}

std::optional<LogFormat> read_log_format(const YamlNode& node, SettingsReading& reading) {
    constexpr std::array<std::string_view, 3> words{"text", "json", "cmtrace"};
    constexpr std::array formats{LogFormat::text, LogFormat::json, LogFormat::cmtrace};
    const auto index = read_word(node, words, reading);
    return index ? std::optional(formats[*index]) : std::nullopt;
}

void read_log(const YamlNode& group, Settings& settings, SettingsReading& reading) {
    check_keys(group, log_keys, reading);
    if (const auto* node = find_key(group, "format"))
        assign(settings.log_format, *node, read_log_format(*node, reading), reading);
}

} // namespace

void read_tree(const YamlNode& root, Settings& settings, SettingsReading& reading) {
    if (root.kind == YamlNode::Kind::null) return;
    if (root.kind != YamlNode::Kind::mapping)
        return reading.report(
            root.position, "settings are keys with values, as in \"mode: enforce\"; this is something else");
    check_keys(root, top_level_keys, reading);
    if (const auto* node = find_key(root, "mode"))
        assign(settings.mode, *node, read_mode(*node, reading), reading);
    if (const auto* node = find_key(root, "certificates"))
        settings.certificates = read_certificates(*node, reading);
    if (const auto* group = find_key(root, "policy"); is_mapping(group, reading))
        read_policy(*group, settings, reading);
    if (const auto* node = find_key(root, "only_with_wsus"))
        assign(settings.only_with_wsus, *node, read_bool(*node, reading), reading);
    if (const auto* group = find_key(root, "fetch"); is_mapping(group, reading))
        read_fetch(*group, settings.fetch, reading);
    if (const auto* group = find_key(root, "schedule"); is_mapping(group, reading))
        read_schedule(*group, settings.schedule, reading);
    if (const auto* group = find_key(root, "log"); is_mapping(group, reading))
        read_log(*group, settings, reading);
    if (const auto* group = find_key(root, "report"); is_mapping(group, reading))
        read_report_settings(*group, settings.report, reading);
}

ReadSettings read_settings(std::string_view text, const std::string& place,
                           const std::filesystem::path& folder) {
    ReadSettings result;
    SettingsReading reading(place, folder);
    if (auto error = find_text_error(text)) {
        reading.report(error->position, std::move(error->message));
    } else {
        YamlDocument document = parse_yaml(text);
        for (TextError& problem : document.errors)
            reading.report(problem.position, std::move(problem.message));
        if (document.root) read_tree(*document.root, result.settings, reading);
    }
    result.errors = reading.take_errors();
    return result;
}

std::string describe(const SettingsError& error) {
    std::string text = printable(error.place);
    if (error.line > 0) text += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
    return text + ": " + error.message;
}

} // namespace wta
