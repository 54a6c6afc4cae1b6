#include "common/settings/flat_settings.h"

#include "common/settings/setting_table.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <set>

using namespace wta;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;

namespace {

const std::string pin_a(64, 'a');
const std::string pin_b(64, 'b');
const std::string policy_key = "HKLM\\SOFTWARE\\Policies\\WsusTrustAgent";

using Content = decltype(FlatValue::content);

FlatLayer policy(std::vector<std::pair<std::string, Content>> values) {
    FlatLayer layer{
        .layer = Layer::machine_policy, .place = policy_key, .values = {}, .folder = {}, .failure = {}};
    for (auto& [name, content] : values)
        layer.values.push_back({.name = name, .place = policy_key + "\\" + name, .content = content});
    return layer;
}

FlatLayer line(std::vector<std::pair<std::string, std::string>> values) {
    FlatLayer layer{
        .layer = Layer::command_line, .place = "--set", .values = {}, .folder = "/srv", .failure = {}};
    for (auto& [key, text] : values)
        layer.values.push_back({.name = key, .place = "--set " + key, .content = text});
    return layer;
}

Settings valid(const FlatLayer& layer) {
    const SettingsLayer read = read_flat_settings(layer);
    for (const auto* errors : {&read.problems, &read.ignored})
        for (const SettingsError& error : *errors) UNSCOPED_INFO(describe(error));
    REQUIRE(read.problems.empty());
    REQUIRE(read.ignored.empty());
    REQUIRE(read.invalid.empty());
    return read.settings;
}

// The value is told with its full path, and the next lower layer decides.
void check_ignored(const std::string& name, const Content& content, const std::string& words) {
    const SettingsLayer read = read_flat_settings(policy({{name, content}}));
    CAPTURE(name);
    CHECK(read.problems.empty());
    CHECK(read.invalid.empty());
    CHECK(read.settings == Settings{});
    REQUIRE(read.ignored.size() == 1);
    CHECK(read.ignored[0].place == policy_key + "\\" + name);
    CHECK(read.ignored[0].line == 0);
    CHECK_THAT(read.ignored[0].message, ContainsSubstring(words));
}

// The value is told with its full path, and nothing may be changed.
void check_problem(const std::string& name, const Content& content, const std::string& key,
                   const std::string& words) {
    const SettingsLayer read = read_flat_settings(policy({{name, content}}));
    CAPTURE(name);
    CHECK(read.ignored.empty());
    CHECK(read.invalid == std::vector{key});
    CHECK(read.settings == Settings{});
    REQUIRE_FALSE(read.problems.empty());
    CHECK(read.problems[0].place == policy_key + "\\" + name);
    CHECK_THAT(read.problems[0].message, ContainsSubstring(words));
}

} // namespace

TEST_CASE("the name in the registry follows from the key") {
    CHECK(registry_name("mode") == "Mode");
    CHECK(registry_name("only_with_wsus") == "OnlyWithWsus");
    CHECK(registry_name("policy.accept_trusted_publisher_certs") == "Policy\\AcceptTrustedPublisherCerts");
    CHECK(registry_name("fetch.ca_file") == "Fetch\\CaFile");
    CHECK(registry_name("schedule.interval") == "Schedule\\Interval");
    CHECK(registry_name("report.https.token_file") == "Report\\Https\\TokenFile");
}

TEST_CASE("policy sets every setting, each with the place of its value") {
    const Settings settings = valid(policy({{"Mode", "audit"},
                                            {"Policy\\AcceptTrustedPublisherCerts", 0U},
                                            {"Policy\\OverrideOwner", 1U},
                                            {"OnlyWithWsus", "true"},
                                            {"Fetch\\Timeout", "500ms"},
                                            {"Fetch\\Refresh", "0s"},
                                            {"Fetch\\CaFile", "C:\\pki\\roots.pem"},
                                            {"Fetch\\Proxy", "http://proxy.example.com:3128"},
                                            {"Schedule\\Interval", "15m"},
                                            {"Schedule\\Watch", "report"},
                                            {"Log\\Format", "cmtrace"},
                                            {"Report\\Spool", "C:\\Spool"},
                                            {"Report\\Heartbeat", "12h"},
                                            {"Report\\File\\Path", "\\\\files\\wsus\\{host}.json"},
                                            {"Report\\Https\\Url", "https://reports.example.com/"},
                                            {"Report\\Https\\TokenFile", "C:\\token.txt"},
                                            {"Report\\Https\\ClientCertificate", "C:\\client.pem"},
                                            {"Report\\Otlp\\Endpoint", "http://localhost:4318"},
                                            {"Report\\Syslog\\Address", "logs.example.com"},
                                            {"Report\\Prometheus\\File", "C:\\textfiles\\wsus.prom"}}));
    CHECK(settings.mode.value == Mode::audit);
    CHECK_FALSE(settings.accept_trusted_publisher_certs.value);
    CHECK(settings.override_owner.value);
    CHECK(settings.only_with_wsus.value);
    CHECK(settings.fetch.timeout.value == 500ms);
    CHECK(settings.fetch.refresh.value == 0s);
    CHECK(settings.fetch.ca_file.value == "C:\\pki\\roots.pem");
    CHECK(settings.fetch.proxy.value == Proxy(ProxyExplicit{"proxy.example.com", "3128"}));
    CHECK(settings.schedule.interval.value == 15min);
    CHECK(settings.schedule.watch.value == Watch::report);
    CHECK(settings.log_format.value == LogFormat::cmtrace);
    CHECK(settings.report.spool.value == "C:\\Spool");
    CHECK(settings.report.heartbeat.value == 12h);
    CHECK(settings.report.file_path.value == "\\\\files\\wsus\\{host}.json");
    CHECK(settings.report.https_url.value == "https://reports.example.com/");
    CHECK(settings.report.syslog_address.value == HostAndPort{"logs.example.com", "6514"});
    for_each_setting([&](std::string_view key, const auto& member) {
        CAPTURE(key);
        CHECK(member(settings).origin ==
              Origin{Layer::machine_policy, policy_key + "\\" + registry_name(key), 0, 0});
    });
}

TEST_CASE("names of the registry are compared without regard to case, keys of the command line are not") {
    CHECK(valid(policy({{"MODE", "audit"}})).mode.value == Mode::audit);
    CHECK(valid(policy({{"fetch\\proxy", "system"}})).fetch.proxy.value == Proxy(ProxySystem{}));
    CHECK(read_flat_settings(line({{"Mode", "audit"}})).ignored.size() == 1);
}

TEST_CASE("certificates are read in the order of their numbers, by the rules of agent.yaml") {
    const Settings settings =
        valid(policy({{"Certificates\\10", "sha256=" + pin_b + ";state=withdrawn"},
                      {"Certificates\\2", "sha256=" + pin_a +
                                              ";source=https://a.example.com/{sha256}.cer;source=C:\\a.cer;"
                                              "allow=no_eku,expired;restrict_usage=false;note=a%3Bb;"
                                              "retrust=01234567-89AB-cdef-0123-456789abcdef"}}));
    REQUIRE(settings.certificates.size() == 2);
    const CertificateSettings& first = settings.certificates[0];
    CHECK(to_string(*first.sha256) == pin_a);
    CHECK(first.sources == std::vector<std::string>{"https://a.example.com/" + pin_a + ".cer", "C:\\a.cer"});
    CHECK(first.allow == Exceptions{.expired = true, .no_eku = true, .ca_certificate = false});
    CHECK_FALSE(first.restrict_usage);
    CHECK(first.note == "a;b");
    CHECK(first.retrust == "01234567-89ab-cdef-0123-456789abcdef");
    CHECK(first.origin == Origin{Layer::machine_policy, policy_key + "\\Certificates\\2", 0, 0});
    CHECK(settings.certificates[1].state == CertificateState::withdrawn);
}

TEST_CASE("an invalid value that decides nothing about trust is told and ignored") {
    check_ignored("Fetch\\Timeout", "30", "timeout is a whole number with its unit");
    check_ignored("Fetch\\Timeout", 30U, "Timeout is text (REG_SZ); not REG_DWORD 30");
    check_ignored("Fetch\\Refresh", "1500ms", "whole seconds");
    check_ignored("Schedule\\Interval", "14m", "from 15m to 7d");
    check_ignored("Schedule\\Interval", "8d", "from 15m to 7d");
    check_ignored("Schedule\\Watch", "repare", "did you mean \"repair\"?");
    check_ignored("Log\\Format", "xml", "one of: text, json, cmtrace");
    check_ignored("OnlyWithWsus", 2U, "OnlyWithWsus is REG_DWORD 1 (true) or 0 (false); not REG_DWORD 2");
    check_ignored("OnlyWithWsus", "yes", "not REG_SZ \"yes\"");
    check_ignored("Policy\\OverrideOwner", UnusableValue{"REG_QWORD 1"}, "not REG_QWORD 1");
}

TEST_CASE("a name that no setting has is told with the one that was probably meant") {
    check_ignored("Mod", "audit", "did you mean \"Mode\"?");
    check_ignored("Timeout", "30s", "did you mean \"Fetch\\Timeout\"?");
    check_ignored("Fetch\\TimeOuts", "30s", "did you mean \"Fetch\\Timeout\"?");
    check_ignored("Certificate", UnusableValue{"a key"}, "did you mean \"Certificates\"?");
    check_ignored("Fetch", "x", "is a key with settings below it");
    check_ignored("Report\\Https", "x", "is a key with settings below it");
    check_ignored("Report\\Https\\Uri", "x", "did you mean \"Report\\Https\\Url\"?");
    check_ignored("Report\\File\\Path", "C:\\reports\\", "is a folder");
    check_ignored("", "x", "there is no setting \"\"; known are Certificates, Mode, Policy, ");
    check_ignored("Nothing\nlike it", "x", "there is no setting \"Nothing\\x0Alike it\"");
}

TEST_CASE("an invalid value that decides about trust is a problem") {
    check_problem("Mode", "adit", "mode", "did you mean \"audit\"?");
    check_problem("Mode", 1U, "mode", "Mode is text (REG_SZ); not REG_DWORD 1");
    check_problem("Fetch\\CaFile", "roots.pem", "fetch.ca_file", "full path");
    check_problem("Fetch\\CaFile", "https://a.example.com/roots.pem", "fetch.ca_file", "local file");
    check_problem("Fetch\\CaFile", "", "fetch.ca_file", "empty");
    check_problem("Fetch\\Proxy", "http://proxy.example.com", "fetch.proxy", "has no port");
    check_problem("Fetch\\Proxy", UnusableValue{"REG_BINARY, 12 bytes"}, "fetch.proxy",
                  "not REG_BINARY, 12 bytes");
}

TEST_CASE("whatever is wrong about certificates of policy is a problem") {
    const auto check = [](const std::string& name, const Content& content, const std::string& words) {
        check_problem(name, content, "certificates", words);
    };
    check("Certificates\\1", "sha256=" + std::string(40, 'a'), "SHA-1");
    check("Certificates\\1", "source=http://a.example.com/a.cer", "needs a pin");
    check("Certificates\\1", "sha256=" + pin_a + ";source=a.cer", "relative path");
    check("Certificates\\1", "sha256=" + pin_a + ";source=/srv/a.cer", "relative path");
    check("Certificates\\1", "sha256=" + pin_a + ";allow=everything", "one of: expired, no_eku");
    check("Certificates\\1", "sha256=" + pin_a + ";state=distrsted", "did you mean \"distrusted\"?");
    check("Certificates\\1", "sha256=" + pin_a + ";der=MAMCASo=", "der is not the certificate");
    check("Certificates\\1", "sha256=" + pin_a + ";sorce=C:\\a.cer", "did you mean \"source\"?");
    check("Certificates\\1", "sha256=" + pin_a + ";retrust=x", "retrust is the id");
    check("Certificates\\1", "sha256=" + pin_a + ";restrict_usage=yes", "true or false");
    check("Certificates\\1", "", "names no certificate");
    check("Certificates\\1", pin_a, "is not key=value");
    check("Certificates\\1", 1U, "a certificate is text (REG_SZ)");
    check("Certificates\\1", UnusableValue{"REG_MULTI_SZ, 200 bytes"}, "not REG_MULTI_SZ, 200 bytes");
    for (const char* name : {"Certificates\\0", "Certificates\\01", "Certificates\\one", "Certificates\\",
                             "Certificates\\1\\2", "Certificates\\1234567890", "Certificates"})
        check(name, "sha256=" + pin_a, "are the values 1, 2, 3");
}

TEST_CASE("one entry that is wrong does not take the others along, and no part of it stays") {
    const SettingsLayer read =
        read_flat_settings(policy({{"Certificates\\1", "sha256=" + pin_a + ";state=distrsted"},
                                   {"Certificates\\2", "sha256=" + pin_b}}));
    REQUIRE(read.settings.certificates.size() == 1);
    CHECK(to_string(*read.settings.certificates[0].sha256) == pin_b);
    CHECK(read.invalid == std::vector<std::string>{"certificates"});
}

TEST_CASE("the same certificate twice in policy is told with both places") {
    const SettingsLayer read = read_flat_settings(
        policy({{"Certificates\\1", "sha256=" + pin_a}, {"Certificates\\2", "sha256=" + pin_a}}));
    REQUIRE(read.problems.size() == 1);
    CHECK(read.problems[0].message == "the SHA-256 in " + policy_key +
                                          "\\Certificates\\2 was given before, in " + policy_key +
                                          "\\Certificates\\1; keep one entry for each certificate");
}

TEST_CASE("policy holds at most ten thousand certificates, and a hundred mistakes are told") {
    std::vector<std::pair<std::string, Content>> values;
    for (int i = 1; i <= 10'001; ++i) values.emplace_back("Certificates\\" + std::to_string(i), "note=x");
    values.emplace_back("Mode", "adit");
    const SettingsLayer many = read_flat_settings(policy(values));
    CHECK(many.settings.certificates.empty());
    REQUIRE(many.problems.size() == 2);
    CHECK_THAT(many.problems[0].message, ContainsSubstring("at most 10,000"));

    values.erase(values.begin());
    const SettingsLayer wrong = read_flat_settings(policy(values));
    CHECK(wrong.problems.size() == 101);
    CHECK_THAT(wrong.problems.back().message, ContainsSubstring("more errors follow"));
    CHECK(wrong.problems.back().place == policy_key);
    CHECK(wrong.invalid.size() == 2); // also those that are not told any more
}

TEST_CASE("what could not be read may have said anything") {
    FlatLayer layer = policy({});
    layer.failure = "access denied";
    const SettingsLayer read = read_flat_settings(layer);
    CHECK(read.layer == Layer::machine_policy);
    REQUIRE(read.problems.size() == 1);
    CHECK(read.problems[0].place == policy_key);
    CHECK(std::set<std::string>(read.invalid.begin(), read.invalid.end()) ==
          std::set<std::string>{"mode", "certificates", "fetch.ca_file", "fetch.proxy"});
}

TEST_CASE("the command line sets one value each, by its key") {
    const Settings settings = valid(line({{"mode", "audit"},
                                          {"fetch.ca_file", "roots.pem"},
                                          {"policy.override_owner", "true"},
                                          {"schedule.watch", "off"}}));
    CHECK(settings.mode == Setting<Mode>{Mode::audit, {Layer::command_line, "--set mode", 0, 0}});
    CHECK(std::filesystem::path(*settings.fetch.ca_file.value) == std::filesystem::path("/srv/roots.pem"));
    CHECK(settings.override_owner.value);
    CHECK(settings.schedule.watch.value == Watch::off);
}

TEST_CASE("a mistake on the command line is told, with the key that was probably meant") {
    const auto message = [](const std::string& key, const std::string& text) {
        const SettingsLayer read = read_flat_settings(line({{key, text}}));
        REQUIRE(read.problems.size() + read.ignored.size() == 1);
        return describe(read.problems.empty() ? read.ignored[0] : read.problems[0]);
    };
    CHECK_THAT(message("mode", "adit"), ContainsSubstring("--set mode: mode is one of: enforce, audit"));
    CHECK_THAT(message("mod", "audit"), ContainsSubstring("did you mean \"mode\"?"));
    CHECK_THAT(message("proxy", "none"), ContainsSubstring("did you mean \"fetch.proxy\"?"));
    CHECK_THAT(message("certificates", "sha256=" + pin_a),
               ContainsSubstring("cannot be given on the command line"));
    CHECK_THAT(message("only_with_wsus", "1"), ContainsSubstring("true or false"));
    const SettingsLayer twice = read_flat_settings(line({{"mode", "audit"}, {"mode", "audit"}}));
    REQUIRE(twice.problems.size() == 1);
    CHECK_THAT(twice.problems[0].message, ContainsSubstring("given twice"));
    CHECK(twice.settings == Settings{});
}

TEST_CASE("an installer has all certificates in one value, in their order, before those with a number") {
    FlatLayer layer = policy({{"Certificates\\1", "sha256=" + std::string(64, 'c')},
                              {"CERTIFICATES", "sha256=" + pin_b + ";note=x%7Cy|sha256=" + pin_a}});
    layer.layer = Layer::installer;
    const Settings settings = valid(layer);
    REQUIRE(settings.certificates.size() == 3);
    CHECK(to_string(*settings.certificates[0].sha256) == pin_b);
    CHECK(settings.certificates[0].note == "x|y");
    CHECK(to_string(*settings.certificates[1].sha256) == pin_a);
    CHECK(settings.certificates[1].origin == Origin{Layer::installer, policy_key + "\\CERTIFICATES", 0, 0});
    CHECK(to_string(*settings.certificates[2].sha256) == std::string(64, 'c'));
}

TEST_CASE("one certificate of an installer that is wrong makes its whole value a problem") {
    const auto check = [](const Content& content, const std::string& words) {
        FlatLayer layer = policy({{"Certificates", content}});
        layer.layer = Layer::installer;
        const SettingsLayer read = read_flat_settings(layer);
        REQUIRE(read.problems.size() == 1);
        CHECK_THAT(read.problems[0].message, ContainsSubstring(words));
        CHECK(read.invalid == std::vector<std::string>{"certificates"});
        CHECK(read.settings.certificates.empty());
    };
    check("sha256=" + pin_a + "|", "certificate 2 of the list is empty");
    check("sha256=" + pin_a + "|sha256=" + pin_b + ";sorce=x", "did you mean \"source\"?");
    check("sha256=" + pin_a + "|sha256=" + pin_a, "was given before");
    check("", "certificate 1 of the list is empty");
    check(1U, "certificates are text (REG_SZ)");
    check(UnusableValue{"REG_MULTI_SZ, 200 bytes"}, "not REG_MULTI_SZ, 200 bytes");
}
