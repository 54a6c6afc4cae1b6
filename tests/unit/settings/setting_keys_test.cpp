#include "common/settings/setting_keys.h"

#include "common/settings/settings_reader.h"
#include "common/settings/yaml_document.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

using namespace wta;

namespace {

// The file that administrators copy; the tests run at the top of the source tree.
std::string shipped_settings() {
    std::ifstream file("config/agent.yaml", std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE_FALSE(text.str().empty());
    return text.str();
}

// As the file says: a line with one # is a setting, switched on by removing exactly that character.
std::string switched_on(const std::string& text) {
    std::string on;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        on += (line.starts_with("#") && !line.starts_with("##") ? line.substr(1) : line) + "\n";
    return on;
}

std::set<std::string> keys_of(const YamlNode& node) {
    std::set<std::string> keys;
    for (const YamlNode& child : node.children) keys.insert(child.key);
    return keys;
}

const YamlNode& group(const YamlNode& root, std::string_view key) {
    const auto found = std::ranges::find(root.children, key, &YamlNode::key);
    REQUIRE(found != root.children.end());
    return *found;
}

template <std::size_t size>
std::set<std::string> as_set(const std::array<std::string_view, size>& keys) {
    return {keys.begin(), keys.end()};
}

} // namespace

TEST_CASE("the shipped agent.yaml changes nothing as it stands") {
    const auto result = read_settings(shipped_settings(), "agent.yaml", "/etc");
    CHECK(result.errors.empty());
    CHECK(result.settings == Settings{});
}

TEST_CASE("the shipped agent.yaml is valid with every setting switched on") {
    const auto result = read_settings(switched_on(shipped_settings()), "agent.yaml", "/etc");
    for (const SettingsError& error : result.errors) FAIL_CHECK(describe(error));
    CHECK(result.settings.certificates.size() == 5);
}

TEST_CASE("the shipped agent.yaml shows every setting that the program knows, and its true default") {
    const auto document = parse_yaml(switched_on(shipped_settings()));
    REQUIRE(document.root);
    CHECK(keys_of(*document.root) == as_set(top_level_keys));
    CHECK(keys_of(group(*document.root, "policy")) == as_set(policy_keys));
    CHECK(keys_of(group(*document.root, "fetch")) == as_set(fetch_keys));
    CHECK(keys_of(group(*document.root, "schedule")) == as_set(schedule_keys));
    CHECK(keys_of(group(*document.root, "log")) == as_set(log_keys));
    const YamlNode& report = group(*document.root, "report");
    CHECK(keys_of(report) == as_set(report_keys));
    CHECK(keys_of(group(report, "file")) == as_set(report_file_keys));
    CHECK(keys_of(group(report, "https")) == as_set(report_https_keys));
    CHECK(keys_of(group(report, "otlp")) == as_set(report_otlp_keys));
    CHECK(keys_of(group(report, "syslog")) == as_set(report_syslog_keys));
    CHECK(keys_of(group(report, "prometheus")) == as_set(report_prometheus_keys));
    std::set<std::string> certificate;
    for (const YamlNode& entry : group(*document.root, "certificates").children)
        certificate.merge(keys_of(entry));
    CHECK(certificate == as_set(certificate_keys));

    const auto on = read_settings(switched_on(shipped_settings()), "agent.yaml", "/etc").settings;
    const Settings defaults;
    CHECK(on.mode.value == defaults.mode.value);
    CHECK(on.accept_trusted_publisher_certs.value == defaults.accept_trusted_publisher_certs.value);
    CHECK(on.override_owner.value == defaults.override_owner.value);
    CHECK(on.only_with_wsus.value == defaults.only_with_wsus.value);
    CHECK(on.fetch.timeout.value == defaults.fetch.timeout.value);
    CHECK(on.fetch.refresh.value == defaults.fetch.refresh.value);
    CHECK(on.fetch.proxy.value == defaults.fetch.proxy.value);
    CHECK(on.schedule.interval.value == defaults.schedule.interval.value);
    CHECK(on.schedule.watch.value == defaults.schedule.watch.value);
    CHECK(on.log_format.value == defaults.log_format.value);
    CHECK(on.report.heartbeat.value == defaults.report.heartbeat.value);
}

TEST_CASE("every setting of the shipped agent.yaml can be switched on alone") {
    const std::string text = shipped_settings();
    int settings = 0;
    for (std::size_t at = 0; at != std::string::npos; at = text.find("\n#", at + 1)) {
        if (at == 0 || text[at + 2] == '#' || text[at + 2] == ' ')
            continue; // prose; a nested key has its own test below
        ++settings;
        std::string changed = text;
        changed.erase(at + 1, 1);
        CHECK(read_settings(changed, "agent.yaml", "/etc").errors.empty());
    }
    for (const auto* key :
         {"#  accept_", "#  override_", "#  timeout", "#  refresh", "#  ca_file", "#  proxy", "#  interval",
          "#  watch", "#  format", "#  heartbeat", "#  spool", "#    path", "#    url", "#    token_file",
          "#    client_certificate", "#    endpoint", "#    address", "#    file"}) {
        const std::size_t at = text.find(std::string("\n") + key);
        REQUIRE(at != std::string::npos);
        ++settings;
        std::string changed = text;
        changed.erase(at + 1, 1);
        CHECK(read_settings(changed, "agent.yaml", "/etc").errors.empty());
    }
    CHECK(settings == 20);
}
