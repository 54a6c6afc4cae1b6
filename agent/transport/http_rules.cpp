#include "agent/transport/http_rules.h"

#include "common/base/utf.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace wta {
namespace {

constexpr std::size_t max_entity_tag = 256;
constexpr std::size_t quoted_bytes = 200;

bool same_token(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::vector<std::string_view> values_of(const ResponseHead& head, std::string_view name) {
    std::vector<std::string_view> values;
    for (const auto& field : head.fields) {
        if (same_token(field.name, name)) values.emplace_back(field.value);
    }
    return values;
}

std::string status_line(const ResponseHead& head) {
    return head.reason.empty() ? fmt::format("{}", head.status)
                               : fmt::format("{} {}", head.status, printable(head.reason, quoted_bytes));
}

std::unexpected<Error> malformed(std::string_view what) {
    return refuse(ReasonCode::http_malformed, fmt::format("the answer breaks the rules of HTTP: {}", what));
}

bool has_control_character(std::string_view value) {
    return std::ranges::any_of(value, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return length;
}

bool is_chunked(const ResponseHead& head) {
    const auto encodings = values_of(head, "Transfer-Encoding");
    return encodings.size() == 1 && same_token(encodings.front(), "chunked");
}

// What makes it ambiguous where an answer ends (RFC 9112, 6.3) or is dangerous to print.
Result<void> check_fields(const ResponseHead& head) {
    for (const auto& field : head.fields) {
        if (has_control_character(field.name) || has_control_character(field.value)) {
            return malformed(
                fmt::format("control characters in the header {}", printable(field.name, quoted_bytes)));
        }
    }
    const auto lengths = values_of(head, "Content-Length");
    const auto encodings = values_of(head, "Transfer-Encoding");
    if (lengths.size() > 1) return malformed("more than one Content-Length");
    if (lengths.size() == 1 && !parse_length(lengths.front())) {
        return malformed(fmt::format("a Content-Length of \"{}\"", printable(lengths.front(), quoted_bytes)));
    }
    if (!lengths.empty() && !encodings.empty()) return malformed("both Content-Length and Transfer-Encoding");
    if (head.version < 11 && !encodings.empty())
        return malformed("a Transfer-Encoding in an answer of HTTP/1.0");
    return {};
}

Result<void> check_encodings(const ResponseHead& head) {
    const auto encoded = [](std::string_view header, std::string_view value) {
        return refuse(
            ReasonCode::body_encoded,
            fmt::format("the body is encoded ({}: {}) although that was not asked for; nothing is ever "
                        "decompressed",
                        header, printable(value, quoted_bytes)));
    };
    for (const auto value : values_of(head, "Content-Encoding")) {
        if (!value.empty() && !same_token(value, "identity")) return encoded("Content-Encoding", value);
    }
    const auto transfer = values_of(head, "Transfer-Encoding");
    if (transfer.size() > 1) return malformed("more than one Transfer-Encoding");
    for (const auto value : transfer) {
        if (!same_token(value, "chunked") && !same_token(value, "identity")) {
            return encoded("Transfer-Encoding", value);
        }
    }
    return {};
}

// Of the length that the answer announces, if it does.
Result<void> check_length(const ResponseHead& head, std::size_t limit) {
    const auto length = only_value(head, "Content-Length").and_then(parse_length);
    if (!length || *length <= limit) return {};
    return refuse(ReasonCode::body_too_large,
                  fmt::format("the server announces {} bytes; {} are the limit", *length, limit));
}

Result<HeadVerdict> judge_body(const ResponseHead& head, const Asked& asked) {
    WTA_TRY(check_encodings(head));
    if (is_chunked(head)) return BodyFollows{std::nullopt};
    const auto lengths = values_of(head, "Content-Length");
    if (lengths.empty()) {
        if (asked.tls) return BodyFollows{std::nullopt};
        return refuse(ReasonCode::truncated,
                      "the answer says neither how long it is nor sends it in chunks; over plain "
                      "http it cannot be told from a truncated one");
    }
    WTA_TRY(check_length(head, asked.limit));
    return BodyFollows{parse_length(lengths.front())};
}

Result<HeadVerdict> judge_redirect(const ResponseHead& head) {
    const auto targets = values_of(head, "Location");
    if (targets.size() != 1) {
        return refuse(ReasonCode::redirect_refused,
                      fmt::format("the server redirects ({}) to {} targets instead of one", status_line(head),
                                  targets.size()));
    }
    return RedirectTo{std::string(targets.front())};
}

std::string demand(const ResponseHead& head, std::string_view header) {
    std::string schemes;
    for (const auto value : values_of(head, header)) {
        if (!schemes.empty()) schemes += ", ";
        schemes += printable(value.substr(0, value.find(' ')), 40);
        if (schemes.size() > quoted_bytes) break;
    }
    return schemes.empty() ? std::string("no scheme named") : schemes;
}

std::unexpected<Error> proxy_demands(const ResponseHead& head) {
    return refuse(ReasonCode::proxy_authentication_required,
                  fmt::format("the proxy demands a log-on ({}: {}); no credentials are ever offered",
                              status_line(head), demand(head, "Proxy-Authenticate")));
}

} // namespace

Result<HeadVerdict> judge(const ResponseHead& head, const Asked& asked) {
    WTA_TRY(check_fields(head));
    switch (head.status) {
    case 200: return judge_body(head, asked);
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return judge_redirect(head);
    case 304:
        if (!asked.etag_sent) return malformed("304 Not Modified to a request without a condition");
        return NotModified{};
    case 401:
        return refuse(ReasonCode::authentication_required,
                      fmt::format("the server demands a log-on ({}: {}); no credentials are ever offered",
                                  status_line(head), demand(head, "WWW-Authenticate")));
    case 407:
        if (asked.proxy_may_answer) return proxy_demands(head);
        break;
    default: break;
    }
    return refuse(ReasonCode::http_status, fmt::format("the server answered {}", status_line(head)));
}

Result<bool> judge_answer_body(const ResponseHead& head, std::size_t limit) {
    WTA_TRY(check_fields(head));
    if (head.status < 100) return malformed(fmt::format("a status of {:03}", head.status)); // RFC 9110, 15
    if (head.status == 204 || head.status == 205 || head.status == 304) return false;
    if (const auto encodings = check_encodings(head); !encodings) {
        if (encodings.error().reason == ReasonCode::body_encoded) return false;
        return std::unexpected(encodings.error());
    }
    WTA_TRY(check_length(head, limit));
    return true;
}

Result<void> judge_tunnel(const ResponseHead& head) {
    if (head.status == 200) return {};
    if (head.status == 407) return proxy_demands(head);
    return refuse(ReasonCode::proxy_failed,
                  fmt::format("the proxy refused the tunnel: it answered {}", status_line(head)));
}

bool is_entity_tag(std::string_view text) {
    if (text.size() > max_entity_tag) return false;
    if (text.starts_with("W/")) text.remove_prefix(2);
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    return std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == 0x21 || (byte >= 0x23 && byte <= 0x7E);
    });
}

std::optional<std::string_view> only_value(const ResponseHead& head, std::string_view name) {
    const auto values = values_of(head, name);
    if (values.size() != 1) return std::nullopt;
    return values.front();
}

std::optional<std::string> entity_tag(const ResponseHead& head) {
    const auto tag = only_value(head, "ETag");
    if (!tag || !is_entity_tag(*tag)) return std::nullopt;
    return std::string(*tag);
}

std::string common_fields(std::string_view host, std::string_view user_agent) {
    std::string fields = fmt::format("Host: {}\r\n", host);
    if (!user_agent.empty()) fields += fmt::format("User-Agent: {}\r\n", user_agent);
    return fields;
}

std::string get_request(const HttpUrl& url, const RequestOptions& options) {
    const std::string target =
        options.absolute_form ? fmt::format("http://{}{}", host_header(url), url.target) : url.target;
    std::string request = fmt::format("GET {} HTTP/1.1\r\n", target);
    request += common_fields(host_header(url), options.user_agent);
    request += "Accept: */*\r\nAccept-Encoding: identity\r\n";
    if (options.etag && is_entity_tag(*options.etag))
        request += fmt::format("If-None-Match: {}\r\n", *options.etag);
    return request + "Connection: close\r\n\r\n";
}

std::string connect_request(const HttpUrl& url, std::string_view user_agent) {
    const std::string authority = host_and_port(url);
    return fmt::format("CONNECT {} HTTP/1.1\r\n{}\r\n", authority, common_fields(authority, user_agent));
}

} // namespace wta
