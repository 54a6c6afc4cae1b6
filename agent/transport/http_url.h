// The parts of an https:// or http:// location, and where a redirect leads.
#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

namespace wta {

struct HttpUrl {
    std::string text; // as written
    bool tls = false; // https
    std::string host; // lower case, without brackets and without a final dot: what a certificate must name
    bool ip_literal = false;    // `host` is an IPv4 or IPv6 address
    bool absolute_name = false; // written with a final dot: not to be completed by the resolver's search list
    std::string port;           // decimal, never empty
    std::string target;         // path and query, begins with '/'
    bool operator==(const HttpUrl&) const = default;
};

// Refuses with source_not_supported what parse_web_address refuses: other schemes, no host, user information,
// a fragment.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

// "host:port", an IPv6 address in brackets: for CONNECT and for messages.
[[nodiscard]] std::string host_and_port(const HttpUrl& url);
// The value of the Host header: the port only where it is not the scheme's own (RFC 9110, 7.2).
[[nodiscard]] std::string host_header(const HttpUrl& url);
// What the resolver is asked for.
[[nodiscard]] std::string resolver_name(const HttpUrl& url);

inline constexpr int max_redirects = 3;

// Where `location` leads after `redirects` others. Only from https to https on the same host and port,
// without user information, at most 3 times; everything else is redirect_refused.
[[nodiscard]] Result<HttpUrl> follow_redirect(const HttpUrl& from, std::string_view location, int redirects);

} // namespace wta
