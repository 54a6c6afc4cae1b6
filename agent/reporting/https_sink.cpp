#include "agent/reporting/https_sink.h"

#include "agent/platform/platform.h"
#include "common/base/utf.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace wta {
namespace {

namespace fs = std::filesystem;
using Kind = Delivery::Kind;

constexpr std::size_t max_token_file = 16 * 1024;
constexpr std::size_t max_quoted_body = 300;

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void append_percent_encoded(std::string& out, char c) {
    fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
}

// The path of a URI (RFC 3986, 3.3). What need not be encoded is not: the header field encodes the percent
// sign again, and some receivers leave it at that.
std::string uri_path(std::string_view text) {
    constexpr std::string_view marks = "/-._~!$&'()*+,;=:@";
    std::string out;
    for (const char c : text) {
        if (is_letter_or_digit(c) || marks.contains(c))
            out += c;
        else
            append_percent_encoded(out, c);
    }
    return out;
}

// HTTP protocol binding of CloudEvents, 3.1.3.2: visible ASCII stays itself but for the quotation mark and
// the percent sign; all other bytes of the UTF-8 are encoded, a blank as well.
std::string header_value(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c > ' ' && c < '\x7F' && c != '"' && c != '%')
            out += c;
        else
            append_percent_encoded(out, c);
    }
    return out;
}

// RFC 6750, 2.1: b64token.
bool is_b64token(std::string_view text) {
    constexpr std::string_view marks = "-._~+/";
    const std::size_t padding = text.find_last_not_of('=') + 1; // npos + 1 is 0
    const std::string_view body = text.substr(0, padding);
    return !body.empty() &&
           std::ranges::all_of(body, [marks](char c) { return is_letter_or_digit(c) || marks.contains(c); });
}

// About this report: it would be answered the same at any later time.
bool is_about_the_report(unsigned status) {
    constexpr std::array statuses{400U, 411U, 413U, 414U, 415U, 422U, 431U};
    return std::ranges::find(statuses, status) != statuses.end();
}

// For what another try alone does not put right.
std::string_view what_to_correct(unsigned status) {
    if (status >= 300 && status < 400)
        return "redirects are not followed; give report.https.url the address that takes reports";
    switch (status) {
    case 401:
        return "it wants other credentials; correct report.https.token_file or "
               "report.https.client_certificate";
    case 403:
        return "whoever these credentials belong to may not report there; allow it at the receiver, or "
               "correct "
               "report.https.token_file or report.https.client_certificate";
    case 404:
    case 405:
    case 410: return "nothing takes reports at this address; correct report.https.url";
    case 407: return "a proxy wants a log-on, which the agent does not offer; let it pass without";
    default: return "the report is kept and sent again";
    }
}

std::string without(std::string text, std::string_view secret) {
    for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos;)
        text.replace(at, secret.size(), "…");
    return text;
}

} // namespace

std::vector<PostField> event_fields(const OutgoingReport& report, const ReportOrigin& origin) {
    const std::string source =
        fmt::format("/wsus-trust-agent/{}/{}", uri_path(origin.kind), uri_path(origin.name));
    return {{"content-type", "application/json"},          {"ce-specversion", "1.0"},
            {"ce-id", header_value(printable(report.id))}, {"ce-source", header_value(source)},
            {"ce-type", std::string(status_report_event)}, {"ce-time", to_rfc3339(report.report.time)},
            {"ce-subject", header_value(origin.name)}};
}

Result<std::string> bearer_token(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return fail(ErrorCode::invalid, "is empty; write the token into it");
    text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
    if (text.find_first_of(blanks) != std::string_view::npos)
        return fail(ErrorCode::invalid, "holds more than one word; it must hold the token and nothing else");
    if (!is_b64token(text))
        return fail(ErrorCode::invalid,
                    "holds characters that no bearer token has (RFC 6750); save the token "
                    "as plain ASCII text, without a byte order mark");
    return std::string(text);
}

Delivery judge_answer(const PostAnswer& answer, std::string_view secret) {
    if (answer.status >= 200 && answer.status < 300) return {};
    if (!is_about_the_report(answer.status))
        return {.kind = Kind::later,
                .detail = fmt::format("the receiver answered {}: {}", answer.status,
                                      what_to_correct(answer.status)),
                .retry_after = answer.retry_after};
    std::string detail = fmt::format("the receiver refused the report with {}", answer.status);
    if (!answer.body.empty())
        detail += fmt::format(" and said \"{}\"", printable(without(answer.body, secret), max_quoted_body));
    return {.kind = Kind::refused, .detail = std::move(detail)};
}

std::string HttpsSink::target() const { return printable(options_.url); }

Result<std::string> HttpsSink::read_token() const {
    const std::string& name = *options_.token_file;
    const fs::path file(std::u8string(name.begin(), name.end()));
    const std::string what = fmt::format("token file \"{}\"", printable(name));
    if (auto problem = options_.unprotected(file))
        return fail(
            ErrorCode::invalid,
            fmt::format("{} is not used, because others can read it ({}); let only administrators read it, "
                        "and get a new token",
                        what, *problem));
    auto text = platform::read_file(file, max_token_file);
    if (!text) return within_context("read " + what, text.error());
    auto token = bearer_token(*text);
    if (!token) return fail(token.error().code, what + " " + token.error().message);
    return token;
}

Delivery HttpsSink::deliver(const OutgoingReport& report, std::chrono::steady_clock::time_point deadline) {
    PostRequest request{.url = options_.url,
                        .fields = event_fields(report, origin_of(report.report, options_.computer)),
                        .body = report.json,
                        .client_certificate = options_.client_certificate};
    std::string secret;
    if (options_.token_file) {
        auto token = read_token();
        if (!token) return {.kind = Kind::later, .detail = printable(token.error().message)};
        secret = *std::move(token);
        request.fields.push_back({"authorization", "Bearer " + secret});
    }
    const auto answer = uplink_->post(request, deadline);
    if (!answer) return {.kind = Kind::later, .detail = printable(without(answer.error().message, secret))};
    return judge_answer(*answer, secret);
}

Delivery HttpsSink::test(const OutgoingReport& report, std::chrono::steady_clock::time_point deadline) {
    return deliver(report, deadline); // a receiver tells a test by the command of the report
}

} // namespace wta
