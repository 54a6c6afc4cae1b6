#include "common/settings/report_reader.h"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace wta;

namespace {

std::string report_text(const std::string& lines) { return "report:\n" + lines; }

ReportSettings valid(const std::string& lines) {
    const auto result = read_settings(report_text(lines), "agent.yaml", "/etc/agent");
    for (const SettingsError& error : result.errors) FAIL_CHECK(describe(error));
    return result.settings.report;
}

// The one complaint about it.
std::string complaint(const std::string& lines) {
    const auto result = read_settings(report_text(lines), "agent.yaml", "/etc/agent");
    INFO(lines);
    CHECK(result.errors.size() == 1);
    CHECK(result.settings.report == ReportSettings{});
    return result.errors.empty() ? std::string() : describe(result.errors.front());
}

} // namespace

TEST_CASE("nothing is reported anywhere else unless the settings say so") {
    const ReportSettings report = valid("");
    CHECK(report == ReportSettings{});
    CHECK(report.heartbeat.value == std::chrono::hours{24});
    CHECK_FALSE(report.https_url.value);
    CHECK(valid("  https:\n  otlp:\n  syslog:\n  file:\n  prometheus:\n") == ReportSettings{});
}

TEST_CASE("every place of reports is read, with where it was said") {
    const ReportSettings report = valid("  spool: /var/spool/wta\n"
                                        "  heartbeat: 12h\n"
                                        "  file:\n    path: \\\\files\\wsus\\{host}.json\n"
                                        "  https:\n    url: https://reports.example.com/in?x=1\n"
                                        "    token_file: token.txt\n    client_certificate: /etc/client.pem\n"
                                        "  otlp:\n    endpoint: https://collector.example.com:4318/base//\n"
                                        "  syslog:\n    address: logs.example.com\n"
                                        "  prometheus:\n    file: /var/lib/textfiles/wta.prom\n");
    CHECK(report.spool.value == "/var/spool/wta");
    CHECK(report.heartbeat.value == std::chrono::hours{12});
    CHECK(report.file_path.value == R"(\\files\wsus\{host}.json)");
    CHECK(report.https_url.value == "https://reports.example.com/in?x=1");
    REQUIRE(report.https_token_file.value);
    CHECK(report.https_token_file.value->ends_with("token.txt"));
    CHECK(*report.https_token_file.value != "token.txt"); // relative to the folder of the file
    CHECK(report.https_client_certificate.value == "/etc/client.pem");
    CHECK(report.otlp_endpoint.value == "https://collector.example.com:4318/base");
    CHECK(report.syslog_address.value == HostAndPort{"logs.example.com", "6514"});
    CHECK(report.prometheus_file.value == "/var/lib/textfiles/wta.prom");
    CHECK(report.https_url.origin.line == 7);
}

TEST_CASE("an address of syslog is a host and perhaps a port") {
    const auto address = [](const std::string& text) {
        return *valid("  syslog:\n    address: \"" + text + "\"\n").syslog_address.value;
    };
    CHECK(address("logs:601") == HostAndPort{"logs", "601"});
    CHECK(address("[2001:db8::1]") == HostAndPort{"2001:db8::1", "6514"});
    CHECK(address("192.0.2.1:6514") == HostAndPort{"192.0.2.1", "6514"});
    for (const auto* wrong :
         {"", "logs/", "logs:0", "logs:65536", "tcp://logs", "user@logs", "logs?x", "a b"})
        CHECK(complaint("  syslog:\n    address: \"" + std::string(wrong) + "\"\n")
                  .contains("address is the host and port of a syslog receiver with TLS"));
}

TEST_CASE("reports leave the machine over TLS only") {
    CHECK(complaint("  https:\n    url: http://reports.example.com/\n")
              .contains("because reports go over TLS"));
    CHECK(complaint("  https:\n    url: http://localhost/\n").contains("because reports go over TLS"));
    CHECK(complaint("  https:\n    url: https://user:secret@reports/\n")
              .contains("url is where reports are posted"));
    CHECK(complaint("  otlp:\n    endpoint: http://collector.example.com:4318\n")
              .contains("without TLS only on"));
    CHECK(complaint("  otlp:\n    endpoint: http://1270.example.com\n").contains("without TLS only on"));
    CHECK(complaint("  otlp:\n    endpoint: https://collector/?token=1\n").contains("so it has no query"));
    CHECK(complaint("  otlp:\n    endpoint: collector:4318\n").contains("endpoint is the base URL"));
    for (const auto* local : {"http://localhost:4318", "http://127.0.0.1:4318", "http://[::1]:4318"})
        CHECK(valid("  otlp:\n    endpoint: " + std::string(local) + "\n").otlp_endpoint.value == local);
}

TEST_CASE("a name that only begins like an address of this machine is another machine") {
    CHECK(complaint("  otlp:\n    endpoint: http://127.example.com:4318\n").contains("without TLS only on"));
    CHECK(complaint("  otlp:\n    endpoint: http://127.0.0.1.example.com\n")
              .contains("endpoint is the base URL"));
}

TEST_CASE("paths of reports are files or folders, where each may be") {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"  spool: \\\\files\\wsus\\spool\n", "spool is a path on this machine, not on a share"},
        {"  spool: https://x/y\n", "spool is a path on this machine"},
        {"  file:\n    path: /srv/reports/\n", "is a folder"},
        {"  file:\n    path: /srv/{computer}.json\n", "the only thing in braces that path knows is {host}"},
        {"  file:\n    path: /srv/{host}}.json\n", "the only thing in braces that path knows is {host}"},
        {"  file:\n    path: https://x/y\n", "path is the path of a file"},
        {"  https:\n    token_file: \\\\files\\wsus\\token\n", "token_file is a path on this machine"},
        {"  https:\n    client_certificate: http://x/y\n", "client_certificate is a path on this machine"},
        {"  prometheus:\n    file: /var/lib/wta.txt\n", "file ends in .prom"},
        {"  prometheus:\n    file: \\\\files\\wsus\\a.prom\n", "not on a share"},
        {"  heartbeat: 59m\n", "from 1h to 30d"},
        {"  heartbeat: 31d\n", "from 1h to 30d"},
        {"  heartbeat: 3600500ms\n", "whole seconds"},
        {"  htpps:\n    url: https://x/\n", "did you mean \"https\"?"},
        {"  https:\n    uri: https://x/\n", "did you mean \"url\"?"},
        {"  https: https://x/\n", "https is a group of keys"},
    };
    for (const auto& [lines, sentence] : wrong) {
        INFO(lines);
        CHECK(complaint(lines).contains(sentence));
    }
}
