#include "agent/reporting/syslog_sink.h"

#include "common/base/utf.h"
#include "common/report/report_text.h"

#include <algorithm>
#include <fmt/format.h>

namespace wta {
namespace {

// Escaping doubles a value at most, so that a message of all of these stays below max_syslog_message.
constexpr std::size_t max_word = 64;
constexpr std::size_t max_name = 400;
constexpr std::size_t max_reasons = 800;
constexpr std::size_t max_certificates = 1600;
constexpr std::size_t max_text = 1024;

// RFC 5424, 6.2.1. local0 (16): the facilities that systems themselves use (security, audit and others, 4,
// 10, 13, 14) differ between them, and rules for local0 to local7 are an administrator's own everywhere.
constexpr unsigned facility = 16;

unsigned severity_number(Severity severity) {
    switch (severity) {
    case Severity::info: return 6;
    case Severity::warning: return 4;
    case Severity::error: return 3;
    }
    return 3;
}

// A field of the header: visible ASCII, "-" when there is nothing.
std::string header_field(std::string_view text, std::size_t longest) {
    std::string out(text.substr(0, longest));
    std::ranges::replace_if(out, [](char c) { return c <= ' ' || c >= '\x7F'; }, '_');
    return out.empty() ? "-" : out;
}

void add_parameter(std::string& out, std::string_view name, std::string_view value, std::size_t longest) {
    out += fmt::format(" {}=\"", name);
    for (const char c : printable(value, longest)) {
        if (c == '"' || c == '\\' || c == ']') out += '\\'; // RFC 5424, 6.3.3
        out += c;
    }
    out += '"';
}

// As many whole items as fit.
std::string joined(const std::vector<std::string>& items, std::size_t longest) {
    constexpr std::string_view more = ",…";
    std::string out;
    for (const std::string& item : items) {
        if (out.size() + item.size() + 1 + more.size() > longest) return out.empty() ? "…" : out.append(more);
        if (!out.empty()) out += ',';
        out += item;
    }
    return out;
}

// "SHA-256 not-after", the certificates of the settings and those that are still here.
std::vector<std::string> certificates_of(const StatusReport& report) {
    std::vector<std::string> out;
    for (const ReportCertificate& certificate : report.certificates)
        out.push_back(certificate.not_after ? fmt::format("{} {}", printable(certificate.sha256),
                                                          to_rfc3339(*certificate.not_after))
                                            : printable(certificate.sha256));
    return out;
}

std::string structured_data(const StatusReport& report, const ReportOrigin& origin) {
    std::string out = "[" + std::string(structured_data_id);
    add_parameter(out, "runId", report.run_id, max_word);
    add_parameter(out, "endpoint", origin.name, max_name);
    add_parameter(out, "kind", origin.kind, max_word);
    add_parameter(out, "state", to_string(report.state), max_word);
    add_parameter(out, "exitCode", std::to_string(exit_code(report)), max_word);
    add_parameter(out, "reasons", joined(reasons_of(report), max_reasons), max_reasons);
    add_parameter(out, "certificates", joined(certificates_of(report), max_certificates), max_certificates);
    add_parameter(out, "agentVersion", report.agent_version, max_word);
    add_parameter(out, "settings", report.settings_digest, max_word);
    return out + "]";
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

} // namespace

std::string syslog_message(const StatusReport& report, const std::string& computer) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; // before text in UTF-8 (RFC 5424, 6.4)
    const ReportOrigin origin = origin_of(report, computer);
    // The machine that sends it, which is not the image that it is about.
    const std::string& host = report.endpoint_kind == "live" ? origin.name : computer;
    const std::string text = printable(to_line(report), max_text);
    return fmt::format("<{}>1 {} {} wsus-trust-agent - {} {} {}{}",
                       facility * 8 + severity_number(worst_severity(report)), to_rfc3339(report.time),
                       header_field(host, 255), header_field(report.command, 32),
                       structured_data(report, origin), is_ascii(text) ? "" : byte_order_mark, text);
}

std::string syslog_frame(std::string_view message) { return fmt::format("{} {}", message.size(), message); }

std::string SyslogSink::target() const {
    const bool ipv6 = address_.host.contains(':');
    return printable(
        fmt::format("{}{}{}:{}", ipv6 ? "[" : "", address_.host, ipv6 ? "]" : "", address_.port));
}

Delivery SyslogSink::deliver(const OutgoingReport& report, std::chrono::steady_clock::time_point deadline) {
    const std::string frame = syslog_frame(syslog_message(report.report, computer_));
    const auto sent = uplink_->send(address_, as_byte_view(frame), deadline);
    if (sent) return {};
    return {.kind = Delivery::Kind::later, .detail = printable(sent.error().message)};
}

Delivery SyslogSink::test(const OutgoingReport& report, std::chrono::steady_clock::time_point deadline) {
    return deliver(report, deadline); // its MSGID is that of a test
}

} // namespace wta
