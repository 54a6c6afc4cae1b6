#include "common/settings/settings_listing.h"

#include "common/base/utf.h"
#include "common/settings/setting_keys.h"
#include "common/settings/settings_reader.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>

using namespace wta;

namespace {

// As the system that the tests run on spells it.
std::string native(std::u8string_view path) {
    const std::u8string text = std::filesystem::path(path).make_preferred().u8string();
    return {text.begin(), text.end()};
}

Settings settings_of(std::string_view text) {
    auto result = read_settings(text, "agent.yaml", "/etc/agent");
    REQUIRE(result.errors.empty());
    return result.settings;
}

bool lists(const std::vector<ListedSetting>& list, const ListedSetting& wanted) {
    return std::ranges::find(list, wanted) != list.end();
}

} // namespace

TEST_CASE("settings that nobody made are listed with their defaults") {
    CHECK(list_settings(Settings{}) == std::vector<ListedSetting>{
                                           {"mode", "enforce", "built in"},
                                           {"certificates", "none", "built in"},
                                           {"policy.accept_trusted_publisher_certs", "true", "built in"},
                                           {"policy.override_owner", "false", "built in"},
                                           {"only_with_wsus", "false", "built in"},
                                           {"fetch.timeout", "30s", "built in"},
                                           {"fetch.refresh", "7d", "built in"},
                                           {"fetch.ca_file", "none (the system's roots)", "built in"},
                                           {"fetch.proxy", "none", "built in"},
                                           {"schedule.interval", "4h", "built in"},
                                           {"schedule.watch", "repair", "built in"},
                                           {"log.format", "text", "built in"},
                                           {"report.spool", "none (the system's place for it)", "built in"},
                                           {"report.heartbeat", "1d", "built in"},
                                           {"report.file.path", "none", "built in"},
                                           {"report.https.url", "none", "built in"},
                                           {"report.https.token_file", "none", "built in"},
                                           {"report.https.client_certificate", "none", "built in"},
                                           {"report.otlp.endpoint", "none", "built in"},
                                           {"report.syslog.address", "none", "built in"},
                                           {"report.prometheus.file", "none", "built in"},
                                       });
}

TEST_CASE("every listed setting names its value and where it was said") {
    const std::string pin(64, 'a');
    const auto list = list_settings(settings_of("mode: audit\n"
                                                "certificates:\n"
                                                "  - sha256: " +
                                                pin +
                                                "\n"
                                                "    source: [https://example.com/a.cer, b.cer]\n"
                                                "    state: withdrawn\n"
                                                "    allow: [expired, ca_certificate]\n"
                                                "    restrict_usage: false\n"
                                                "    note: CHG1\n"
                                                "  - der: MAMCASo=\n"
                                                "fetch:\n"
                                                "  timeout: 90s\n"
                                                "  ca_file: x.pem\n"
                                                "  proxy: http://[2001:db8::1]:3128\n"));
    CHECK(lists(list, {"mode", "audit", "agent.yaml:1:1"}));
    CHECK(lists(list, {"certificates[0].sha256", pin, "agent.yaml:3:5"}));
    CHECK(lists(list, {"certificates[0].source[0]", "https://example.com/a.cer", "agent.yaml:3:5"}));
    CHECK(lists(list, {"certificates[0].source[1]", native(u8"/etc/agent/b.cer"), "agent.yaml:3:5"}));
    CHECK(lists(list, {"certificates[0].state", "withdrawn", "agent.yaml:3:5"}));
    CHECK(lists(list, {"certificates[0].allow", "expired, ca_certificate", "agent.yaml:3:5"}));
    CHECK(lists(list, {"certificates[0].restrict_usage", "false", "agent.yaml:3:5"}));
    CHECK(lists(list, {"certificates[0].note", "CHG1", "agent.yaml:3:5"}));
    CHECK(lists(list, {"certificates[1].sha256", "none (not pinned: never installed)", "agent.yaml:9:5"}));
    CHECK(lists(list, {"certificates[1].der", "5 bytes", "agent.yaml:9:5"}));
    CHECK(lists(list, {"certificates[1].allow", "none", "agent.yaml:9:5"}));
    CHECK(lists(list, {"fetch.timeout", "90s", "agent.yaml:11:3"}));
    CHECK(lists(list, {"fetch.ca_file", native(u8"/etc/agent/x.pem"), "agent.yaml:12:3"}));
    CHECK(lists(list, {"fetch.proxy", "http://[2001:db8::1]:3128", "agent.yaml:13:3"}));
}

TEST_CASE("every key that the reader knows is listed") {
    Settings settings;
    CertificateSettings entry;
    entry.sha256.emplace();
    entry.sources = {"x"};
    entry.der = Bytes(1);
    entry.retrust = "01234567-89ab-cdef-0123-456789abcdef";
    entry.note = "n";
    settings.certificates = {entry};
    const auto list = list_settings(settings);
    const auto has = [&list](const std::string& key) {
        return std::ranges::any_of(
            list, [&key](const ListedSetting& listed) { return listed.key.starts_with(key); });
    };
    for (const auto key : top_level_keys) CHECK(has(std::string(key)));
    for (const auto key : certificate_keys) CHECK(has("certificates[0]." + std::string(key)));
    for (const auto key : policy_keys) CHECK(has("policy." + std::string(key)));
    for (const auto key : fetch_keys) CHECK(has("fetch." + std::string(key)));
    for (const auto key : schedule_keys) CHECK(has("schedule." + std::string(key)));
    for (const auto key : log_keys) CHECK(has("log." + std::string(key)));
}

TEST_CASE("a listing is printable, whatever the settings hold") {
    Settings settings;
    CertificateSettings entry;
    entry.sources = {"a\x1B[2J\n\xE2\x80\xAE\xFF"};
    entry.note = "b\nc";
    entry.origin = {Layer::machine_policy, "HKLM\nx", 0, 0};
    settings.certificates = {entry};
    settings.fetch.ca_file.value = "\r";
    for (const ListedSetting& listed : list_settings(settings)) {
        CHECK(printable(listed.value) == listed.value);
        CHECK(printable(listed.origin) == listed.origin);
    }
}

TEST_CASE("what machine policy says is locked, and what it overrides is listed in falling rank") {
    SettingsLayer installer;
    installer.layer = Layer::installer;
    installer.settings.fetch.timeout = {std::chrono::seconds{1}, {Layer::installer, "defaults", 0, 0}};
    SettingsLayer file;
    file.settings.fetch.timeout = {std::chrono::seconds{2}, {Layer::file, "agent.yaml", 3, 4}};
    file.settings.mode = {Mode::audit, {Layer::file, "agent.yaml", 1, 1}};
    SettingsLayer policy;
    policy.layer = Layer::machine_policy;
    policy.settings.fetch.timeout = {std::chrono::seconds{3}, {Layer::machine_policy, "policy", 0, 0}};
    const std::vector layers{installer, file, policy};
    const auto list = list_settings(merge_layers(layers).settings, layers);
    CHECK(lists(list, {"mode", "audit", "agent.yaml:1:1"}));
    CHECK(
        lists(list, {"fetch.timeout", "3s", "policy", true, {{"2s", "agent.yaml:3:4"}, {"1s", "defaults"}}}));
    CHECK(std::ranges::count(list, true, &ListedSetting::locked) == 1);
}
