#include "agent/transport/post_request.h"

#include "agent/transport/http_rules.h"
#include "common/base/utf.h"

#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wta {
namespace {

namespace urls = boost::urls;

constexpr std::size_t quoted_bytes = 200;
// Said in every request, or decisive for where it ends (RFC 9112, 6).
constexpr std::array<std::string_view, 9> taken{
    "host",       "user-agent",        "accept", "accept-encoding", "content-length",
    "connection", "transfer-encoding", "expect", "upgrade"};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [marks](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               marks.contains(c);
    });
}

bool is_plain(std::string_view value) {
    return !value.starts_with(' ') && !value.ends_with(' ') &&
           std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

Result<void> check_field(const PostField& field) {
    const auto invalid = [](std::string why) { return fail(ErrorCode::invalid, std::move(why)); };
    const std::string name = printable(field.name, quoted_bytes);
    if (!is_token(field.name)) return invalid(fmt::format("\"{}\" is no name of a header field", name));
    if (std::ranges::find(taken, lower_case(field.name)) != taken.end())
        return invalid(fmt::format("the header field {} is set for every request", name));
    // The value may be a secret.
    if (!is_plain(field.value))
        return invalid(
            fmt::format("the value of the header field {} is not sent: it holds other characters than "
                        "visible ASCII and blanks between them",
                        name));
    return {};
}

bool is_this_machine(const HttpUrl& url) {
    if (!url.ip_literal) return url.host == "localhost";
    if (const auto v4 = urls::parse_ipv4_address(url.host)) return v4->is_loopback();
    const auto v6 = urls::parse_ipv6_address(url.host);
    return v6 && v6->is_loopback();
}

} // namespace

Result<HttpUrl> check_post(const PostRequest& request) {
    auto url = parse_http_url(request.url);
    if (!url) return url;
    if (!url->tls && !is_this_machine(*url)) {
        return refuse(ReasonCode::source_not_supported,
                      fmt::format("\"{}\" is another machine: reports go there over TLS only; use https://",
                                  printable(url->host, quoted_bytes)));
    }
    for (const PostField& field : request.fields) WTA_TRY(check_field(field));
    return url;
}

std::string post_request(const HttpUrl& url, const PostRequest& request, std::string_view user_agent) {
    std::string text = fmt::format("POST {} HTTP/1.1\r\n", url.target);
    text += common_fields(host_header(url), user_agent);
    text += "Accept: */*\r\nAccept-Encoding: identity\r\n";
    for (const PostField& field : request.fields) text += fmt::format("{}: {}\r\n", field.name, field.value);
    text += fmt::format("Content-Length: {}\r\nConnection: close\r\n\r\n", request.body.size());
    return text += request.body;
}

} // namespace wta
