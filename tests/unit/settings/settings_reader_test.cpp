#include "common/settings/settings_reader.h"

#include "common/base/utf.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <random>

using namespace wta;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

// As the system that the tests run on spells it.
std::string native(std::u8string_view path) {
    const std::u8string text = std::filesystem::path(path).make_preferred().u8string();
    return {text.begin(), text.end()};
}

ReadSettings read(std::string_view text) { return read_settings(text, "agent.yaml", "/etc/agent"); }

Settings valid(std::string_view text) {
    auto result = read(text);
    for (const SettingsError& error : result.errors) UNSCOPED_INFO(describe(error));
    REQUIRE(result.errors.empty());
    return result.settings;
}

void check_refused(const std::string& text, const std::string& where, const std::string& words) {
    const auto result = read(text);
    CAPTURE(text.substr(0, 300));
    for (const SettingsError& error : result.errors) UNSCOPED_INFO(describe(error));
    REQUIRE(result.errors.size() == 1);
    CHECK_THAT(describe(result.errors.front()), StartsWith("agent.yaml:" + where));
    CHECK_THAT(result.errors.front().message, ContainsSubstring(words));
}

// Has every key, each value valid and none the default.
const std::string complete =
    "mode: audit\n"
    "certificates:\n"
    "  - sha256: \"48df3da1bff25bab3f2e8993f1611d948a81eef712a6d774f8770faf55c5ce4b\"\n"
    "    source: [\"https://pki.example.com/{sha256}.cer\", 'C:\\pki\\a.cer']\n"
    "    der: MAMCASo=\n"
    "    state: trusted\n"
    "    allow: [expired, no_eku]\n"
    "    restrict_usage: false\n"
    "    note: CHG0012345\n"
    "policy:\n"
    "  accept_trusted_publisher_certs: false\n"
    "  override_owner: true\n"
    "only_with_wsus: true\n"
    "fetch:\n"
    "  timeout: 500ms\n"
    "  refresh: 0s\n"
    "  ca_file: roots.pem\n"
    "  proxy: http://proxy.example.com:3128\n";

} // namespace

TEST_CASE("a file without settings has the documented defaults and no certificate") {
    for (const auto* text : {"", "\n", "# a comment\n", "---\n", "{}", "certificates:\npolicy:\nfetch:\n"}) {
        const Settings settings = valid(text);
        CHECK(settings == Settings{});
        CHECK(settings.mode.value == Mode::enforce);
        CHECK(settings.accept_trusted_publisher_certs.value);
        CHECK_FALSE(settings.override_owner.value);
        CHECK_FALSE(settings.only_with_wsus.value);
        CHECK(settings.fetch.timeout.value == std::chrono::seconds{30});
        CHECK(settings.fetch.refresh.value == std::chrono::days{7});
        CHECK_FALSE(settings.fetch.ca_file.value);
        CHECK(settings.fetch.proxy.value == Proxy{ProxyNone{}});
    }
}

TEST_CASE("every setting is read and knows where it was said") {
    const Settings settings = valid(complete);
    CHECK(settings.mode == Setting<Mode>{Mode::audit, {Layer::file, "agent.yaml", 1, 1}});
    REQUIRE(settings.certificates.size() == 1);
    CHECK(settings.certificates[0].origin == Origin{Layer::file, "agent.yaml", 3, 5});
    CHECK(settings.accept_trusted_publisher_certs ==
          Setting<bool>{false, {Layer::file, "agent.yaml", 11, 3}});
    CHECK(settings.override_owner == Setting<bool>{true, {Layer::file, "agent.yaml", 12, 3}});
    CHECK(settings.only_with_wsus == Setting<bool>{true, {Layer::file, "agent.yaml", 13, 1}});
    CHECK(settings.fetch.timeout.value == std::chrono::milliseconds{500});
    CHECK(describe(settings.fetch.timeout.origin) == "agent.yaml:15:3");
    CHECK(settings.fetch.refresh.value == std::chrono::seconds{0});
    CHECK(settings.fetch.ca_file.value == native(u8"/etc/agent/roots.pem"));
    CHECK(settings.fetch.proxy.value == Proxy{ProxyExplicit{"proxy.example.com", "3128"}});
    CHECK(describe(settings.fetch.proxy.origin) == "agent.yaml:18:3");
}

TEST_CASE("Windows line ends and JSON spelling read the same") {
    std::string windows;
    for (const char c : complete) windows += c == '\n' ? "\r\n" : std::string(1, c);
    CHECK(valid(windows) == valid(complete));
    CHECK(valid("{\"mode\": \"audit\", \"fetch\": {\"timeout\": \"1m\"}}").fetch.timeout.value ==
          std::chrono::minutes{1});
}

TEST_CASE("what is no mapping of known keys is refused") {
    check_refused("- mode: audit\n", "1:1: ", "keys with values");
    check_refused("mode audit\n", "1:1: ", "keys with values");
    check_refused("mode: audit\ncertificate: []\n", "2:1: ", "did you mean \"certificates\"?");
    check_refused("timeout: 30s\n", "1:1: ", "belongs below fetch:");
    check_refused("mode: audit\nmode: audit\n", "2:1: ", "was given before, on line 1");
    check_refused("policy: true\n", "1:9: ", "policy is a group of keys");
    check_refused("fetch:\n  - timeout: 30s\n", "2:3: ", "fetch is a group of keys");
    check_refused("fetch:\n  user: x\n", "2:3: ", "unknown key \"user\"");
    check_refused("policy:\n  overrideOwner: true\n", "2:3: ", "did you mean \"override_owner\"?");
}

TEST_CASE("mode is one of two words") {
    check_refused("mode: off\n", "1:7: ", "enforce, audit; not \"off\"");
    check_refused("mode: Audit\n", "1:7: ", "did you mean \"audit\"?");
    check_refused("mode:\n", "1:1: ", "mode has no value");
    check_refused("mode: [audit]\n", "1:7: ", "not a list");
}

TEST_CASE("a boolean is the plain word true or false and nothing that looks like it") {
    CHECK(valid("only_with_wsus: true\n").only_with_wsus.value);
    for (const auto* value : {"yes", "on", "1", "True", "TRUE", "y", "\"true\"", "'true'"})
        check_refused(std::string("only_with_wsus: ") + value + "\n", "1:17: ", "true or false");
    check_refused("policy:\n  override_owner: no\n", "2:19: ", "true or false");
    check_refused("policy:\n  accept_trusted_publisher_certs: 0\n", "2:35: ", "true or false");
    check_refused("policy:\n  override_owner:\n", "2:3: ", "override_owner has no value");
    check_refused("certificates:\n  - source: a\n    restrict_usage: off\n", "3:21: ", "true or false");
}

TEST_CASE("durations have a unit and stay inside their limits") {
    for (const auto* value : {"100ms", "5m", "300s"})
        CHECK_NOTHROW(valid(std::string("fetch: {timeout: ") + value + "}"));
    for (const auto* value : {"99ms", "0", "301s", "6m", "30", "30 s", "-1s", "1.5s"})
        check_refused(std::string("fetch: {timeout: ") + value + "}", "1:18: ", "from 100ms to 5m");
    for (const auto* value : {"0", "0s", "365d"})
        CHECK_NOTHROW(valid(std::string("fetch: {refresh: ") + value + "}"));
    for (const auto* value : {"366d", "weekly", "999999999999999999999d"})
        check_refused(std::string("fetch: {refresh: ") + value + "}", "1:18: ", "from 0s to 365d");
    check_refused("fetch: {refresh: 1500ms}", "1:18: ", "whole seconds");
    check_refused("fetch:\n  refresh:\n", "2:3: ", "refresh has no value");
}

TEST_CASE("the interval is from a quarter of an hour to a week, in whole seconds") {
    for (const auto* value : {"15m", "900s", "4h", "7d"})
        CHECK_NOTHROW(valid(std::string("schedule: {interval: ") + value + "}"));
    for (const auto* value : {"14m", "899s", "8d", "0s", "4", "often"})
        check_refused(std::string("schedule: {interval: ") + value + "}", "1:22: ", "from 15m to 7d");
    check_refused("schedule: {interval: 900500ms}", "1:22: ", "whole seconds");
}

TEST_CASE("what is done about drift, and how the log is written, are words") {
    CHECK(valid("schedule:\n  watch: off\n").schedule.watch.value == Watch::off);
    CHECK(valid("schedule:\n  watch: report\n").schedule.watch.value == Watch::report);
    CHECK(valid("schedule:\n  watch: repair\n").schedule.watch.value == Watch::repair);
    CHECK(valid("log:\n  format: json\n").log_format.value == LogFormat::json);
    CHECK(valid("log:\n  format: cmtrace\n").log_format.value == LogFormat::cmtrace);
    check_refused("schedule:\n  watch: false\n", "2:10: ", "one of: repair, report, off");
    check_refused("log:\n  format: xml\n", "2:11: ", "one of: text, json, cmtrace");
    check_refused("schedule:\n  often: x\n", "2:3: ", "known here: interval, watch");
    check_refused("log:\n  level: x\n", "2:3: ", "known here: format");
    check_refused("interval: 4h\n", "1:1: ", "belongs below schedule:");
    check_refused("format: json\n", "1:1: ", "belongs below log:");
}

TEST_CASE("ca_file is a local file, or absent") {
    CHECK_FALSE(valid("fetch:\n  ca_file:\n").fetch.ca_file.value);
    CHECK(valid("fetch: {ca_file: /etc/x.pem}").fetch.ca_file.value == "/etc/x.pem");
    CHECK(valid("fetch: {ca_file: 'C:\\x.pem'}").fetch.ca_file.value == R"(C:\x.pem)");
    check_refused("fetch: {ca_file: https://example.com/x.pem}", "1:18: ", "local file");
    check_refused("fetch: {ca_file: '\\\\server\\share\\x.pem'}", "1:18: ", "local file");
    check_refused("fetch: {ca_file: \"x\\u202e.pem\"}", "1:18: ", "\\u{202E}");
    check_refused("fetch: {ca_file: ''}", "1:18: ", "empty");
}

TEST_CASE("proxy is none, system or an address with a port and without credentials") {
    const auto proxy_of = [](const std::string& value) {
        return valid("fetch:\n  proxy: " + value + "\n").fetch.proxy.value;
    };
    CHECK(proxy_of("none") == Proxy{ProxyNone{}});
    CHECK(proxy_of("system") == Proxy{ProxySystem{}});
    CHECK(proxy_of("http://10.0.0.1:3128/") == Proxy{ProxyExplicit{"10.0.0.1", "3128"}});
    CHECK(proxy_of("http://[2001:db8::1]:80") == Proxy{ProxyExplicit{"2001:db8::1", "80"}});
    check_refused("fetch:\n  proxy: http://proxy\n", "2:10: ", "no port");
    check_refused("fetch:\n  proxy: http://proxy:0\n", "2:10: ", "1 to 65535");
    check_refused("fetch:\n  proxy: http://u:p@proxy:3128\n", "2:10: ", "credentials");
    check_refused("fetch:\n  proxy: http://proxy:3128/path\n", "2:10: ", "after the port");
    check_refused("fetch:\n  proxy: http://proxy:3128?x\n", "2:10: ", "after the port");
    check_refused("fetch:\n  proxy: http://a%0d%0ab:3128\n", "2:10: ", "host");
    for (const auto* value : {"https://proxy:443", "socks5://proxy:1080", "proxy:3128", "None", "direct"})
        check_refused(std::string("fetch:\n  proxy: ") + value + "\n",
                      "2:10: ", "none, system or http://host:port");
}

TEST_CASE("a text that is no YAML, or not UTF-8, is refused with its place") {
    check_refused("\xEF\xBB\xBFmode: audit\n", "1:1: ", "UTF-8 without BOM");
    check_refused(std::string("\xFF\xFEm\0", 4), "1:1: ", "UTF-16");
    check_refused("mode: \xE9\n", "1:7: ", "not UTF-8");
    check_refused("mode: audit\n---\nmode: audit\n", "2:1: ", "second YAML document");
    check_refused("mode: &x audit\n", "1:7: ", "anchor");
    check_refused("mode: [audit\n", "2:1: ", "not valid YAML");
    check_refused(std::string(max_settings_size + 1, ' '), " ", "1 MiB");
}

TEST_CASE("all errors are reported at once, in the order of the file") {
    const auto result = read("mode: x\ncertificates:\n  - sha256: 12\n    nota: y\n  - allow: "
                             "expired\nfetch:\n  timeout: 1\nother: 1\n");
    std::vector<int> lines;
    for (const SettingsError& error : result.errors) lines.push_back(error.line);
    CHECK(lines == std::vector<int>{1, 3, 4, 5, 5, 7, 8});
}

TEST_CASE("an error reads like a place that an editor can open") {
    CHECK(describe(SettingsError{"agent.yaml", 12, 3, "no"}) == "agent.yaml:12:3: no");
    CHECK(describe(SettingsError{"a\nb", 0, 0, "no"}) == "a\\x0Ab: no");
}

TEST_CASE("whatever is done to a settings file, the answer is settings or printable errors") {
    std::mt19937 random(32);
    const auto any = [&random](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
    };
    const std::string_view pieces[] = {"\n",   "  ",  "- ",       ": ",           "[",
                                       "]",    "{",   "}",        "\"",           "'",
                                       "#",    "&a ", "*a",       "!x ",          "|\n",
                                       ">-\n", "\\",  "{sha256}", "\xEF\xBB\xBF", "\xE2\x80\xAE",
                                       "\t",   "?",   ",",        "---\n",        "mode: audit\n",
                                       "~"};
    for (int round = 0; round < 3'000; ++round) {
        std::string text = complete;
        for (std::size_t changes = any(6) + 1; changes > 0; --changes) {
            const std::size_t at = any(text.size() + 1);
            switch (any(5)) {
            case 0: text.insert(at, pieces[any(std::size(pieces))]); break;
            case 1: text.erase(at, any(20)); break;
            case 2: text.insert(at, text.substr(any(text.size() + 1), any(60))); break;
            case 3: text.resize(at); break;
            case 4:
                if (at < text.size()) text[at] = static_cast<char>(static_cast<unsigned char>(any(256)));
                break;
            }
        }
        const auto result = read(text);
        for (const SettingsError& error : result.errors) {
            REQUIRE(printable(error.message, 100'000) == error.message);
            REQUIRE_FALSE(error.message.empty());
            REQUIRE((error.line > 0) == (error.column > 0));
        }
        for (const CertificateSettings& entry : result.settings.certificates)
            if (result.errors.empty()) REQUIRE((entry.sha256 || !entry.sources.empty() || entry.der));
    }
}
