#include "common/base/hex.h"
#include "common/base/utf.h"
#include "common/settings/settings.h"
#include "common/settings/settings_listing.h"
#include "common/settings/settings_reader.h"
#include "common/settings/source_kind.h"
#include "common/settings/web_address.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <set>
#include <span>

namespace wta::fuzz {
namespace {

void claim_error(const SettingsError& error, std::string_view text) {
    claim(error.place == "agent.yaml" && !error.message.empty(), "a mistake without place or message");
    claim(error.line >= 0 && error.column >= 0 && (error.line == 0) == (error.column == 0),
          "an impossible place");
    claim(error.line <= 1 + std::ranges::count(text, '\n'), "a mistake behind the last line");
    claim_printable_line(describe(error), "the message of a mistake");
}

void claim_certificate(const CertificateSettings& entry) {
    for (const std::string& source : entry.sources) {
        claim(source_kind(source).has_value(), "an accepted source is of no kind");
        claim(source.find("{sha256}") == std::string::npos || !entry.sha256,
              "a place for the pin was not filled");
    }
    claim(!entry.der || !entry.sha256 || sha256_of(*entry.der) == *entry.sha256,
          "other bytes than the pin says");
    claim(entry.sha256 || entry.allow == Exceptions{}, "an exception without a pin");
    claim(entry.sha256 || entry.state == CertificateState::trusted || entry.der || !entry.sources.empty(),
          "an entry about no certificate");
    claim(!entry.retrust || (entry.sha256 && entry.state == CertificateState::trusted),
          "trust again in what is not one trusted certificate");
    claim_printable_line(entry.note, "a note");
}

void claim_report_settings(const ReportSettings& report) {
    using namespace std::chrono_literals;
    claim(report.heartbeat.value >= 1h && report.heartbeat.value <= std::chrono::days{30},
          "a heartbeat out of its range");
    if (const auto& url = report.https_url.value) {
        const auto address = parse_web_address(*url);
        claim(address && address->https, "reports go without TLS");
    }
    if (const auto& url = report.otlp_endpoint.value) {
        const auto address = parse_web_address(*url);
        claim(address && (address->https || address->host == "localhost" || address->host == "::1" ||
                          address->host.starts_with("127.")),
              "reports leave this machine without TLS");
    }
    if (const auto& address = report.syslog_address.value)
        claim(!address->host.empty() && !address->port.empty(), "a syslog receiver without host or port");
    if (const auto& file = report.prometheus_file.value)
        claim(file->ends_with(".prom"), "a textfile that nobody reads");
}

} // namespace

void claim_settings(const Settings& read) {
    std::set<Sha256> pins;
    for (const CertificateSettings& entry : read.certificates) {
        claim_certificate(entry);
        claim(!entry.sha256 || pins.insert(*entry.sha256).second, "one pin stands twice");
    }
    using namespace std::chrono_literals;
    claim(read.fetch.timeout.value >= 100ms && read.fetch.timeout.value <= 5min,
          "a timeout out of its range");
    claim(read.fetch.refresh.value >= 0s && read.fetch.refresh.value <= std::chrono::days{365},
          "a refresh out of its range");
    claim(read.schedule.interval.value >= 15min && read.schedule.interval.value <= std::chrono::days{7},
          "an interval out of its range");
    claim_report_settings(read.report);
    for (const ListedSetting& setting : list_settings(read)) {
        claim_printable_line(setting.key, "a key");
        claim_printable_line(setting.value, "a value");
        claim_printable_line(setting.origin, "an origin");
    }
}

void settings(ByteView input) {
    const std::string_view text = as_text(input);
    // A folder that is one on every system.
    const ReadSettings read = read_settings(text, "agent.yaml", "C:/agent");
    for (const SettingsError& error : read.errors) claim_error(error, text);
    // At the end may stand how many more there are, about the file as a whole.
    std::span<const SettingsError> placed = read.errors;
    if (placed.size() > 1 && placed.back().line == 0) placed = placed.first(placed.size() - 1);
    claim(std::ranges::is_sorted(
              placed, {}, [](const SettingsError& error) { return std::pair(error.line, error.column); }),
          "mistakes are not in the order of the text");
    if (read.errors.empty()) claim_settings(read.settings);
}

std::vector<Bytes> settings_seeds() {
    std::vector<Bytes> seeds;
    for (const std::string_view text : {
             "mode: audit\n"
             "certificates:\n"
             "  - sha256: \"48df3da1bff25bab3f2e8993f1611d948a81eef712a6d774f8770faf55c5ce4b\"\n"
             "    source: [\"https://pki.example.com/{sha256}.cer\", 'C:\\pki\\a.cer']\n"
             "    der: MAMCASo=\n"
             "    state: trusted\n"
             "    allow: [expired, no_eku]\n"
             "    restrict_usage: false\n"
             "    note: CHG0012345\n",
             "certificates:\n"
             "  - sha256: "
             "1B:4F:0E:98:51:97:19:98:E7:32:07:85:44:C9:6B:36:C3:D0:1C:ED:F7:CA:A3:32:35:9D:6F:1D:83:56:70:"
             "14\n"
             "    source:\n"
             "      - certificates/wsus-2012.cer\n"
             "      - \\\\files.example.com\\pki\\wsus-2012.cer\n"
             "    allow: ca_certificate\n"
             "  - sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752\n"
             "    state: withdrawn\n"
             "  - source: http://pki.example.com/a.cer\n",
             "certificates: [{der: MAMCASo=, state: distrusted}]\n",
             "policy:\n"
             "  accept_trusted_publisher_certs: false\n"
             "  override_owner: true\n"
             "only_with_wsus: true\n"
             "fetch:\n"
             "  timeout: 500ms\n"
             "  refresh: 0s\n"
             "  ca_file: roots.pem\n"
             "  proxy: http://proxy.example.com:3128\n",
             "fetch: {timeout: 5m, refresh: 365d, proxy: system}\n",
             "schedule: {interval: 15m, watch: off}\nlog: {format: cmtrace}\n",
             "certificates: [{sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752, "
             "retrust: 01234567-89ab-cdef-0123-456789abcdef}]\n",
             "report:\n"
             "  spool: spool\n"
             "  heartbeat: 12h\n"
             "  file: {path: '\\\\files\\wsus\\{host}.json'}\n"
             "  https:\n"
             "    url: https://reports.example.com/in\n"
             "    token_file: token.txt\n"
             "    client_certificate: client.pem\n"
             "  otlp: {endpoint: 'http://127.0.0.1:4318/'}\n"
             "  syslog: {address: 'logs.example.com:6514'}\n"
             "  prometheus: {file: /var/lib/textfiles/wsus.prom}\n",
             "report: {otlp: {endpoint: 'http://[::1]:4318'}, syslog: {address: '[2001:db8::1]'}}\n",
             "fetch: {timeout: 6m}\n",
             "fetch: {timeout: 99ms}\n",
             "fetch: {refresh: 366d}\n",
             "fetch: {proxy: 'https://user@proxy.example.com'}\n",
             "certificates:\n"
             "  - sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752\n"
             "  - sha256: 60303AE22B998861BCE3B28F33EEC1BE758A213C86C93C076DBE9F558C11C752\n",
             "certificates:\n"
             "  - sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752\n"
             "    der: MAMCASo=\n",
             "certificates: [{source: 'http://pki.example.com/a.cer', allow: [no_eku]}]\n",
             "certificates: [{source: 'file:///etc/passwd', note: \"a\\u202Eb\"}, {note: x, state: "
             "withdrawn}]\n",
             "mode: enforce\nmode: audit\n",
             "mood: audit\n? [a, b]\n: c\n",
             "a: &x [1, 2]\nb: *x\n",
             "!!binary aGk=\n",
             "--- {}\n--- {}\n",
             "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]",
             "mode: >-\n  audit\nfetch: |\n  x\n",
             "mode: \"\\x41\\u00e9\\n\" # note\n",
             "%YAML 1.2\n---\nmode: ~\n...\n",
             "\xEF\xBB\xBFmode: audit\n",
             "mode: \xD0\x96\xE2\x80\xAE\n",
             "{a: , 'b': \"\", c: [ , ]}",
             "",
         })
        seeds.push_back(to_bytes(as_byte_view(text)));
    return seeds;
}

} // namespace wta::fuzz
