// Takes an http or https URL apart, strictly (RFC 3986), before anything is sent to where it points.
#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

namespace wta {

struct WebAddress {
    bool https = false;
    std::string host; // ASCII letters, digits, '-', '.', '_', or an IPv6 address without its brackets
    bool ipv6 = false;
    std::string port;   // 1 to 65535; empty: not given
    std::string target; // path and query as written, percent-encoded; "/" when there is no path
    bool operator==(const WebAddress&) const = default;
};

// Refuses with settings_invalid: other schemes, no host, user information, a fragment, a host that is
// percent-encoded or not ASCII, an empty or impossible port, more than 2,048 bytes.
[[nodiscard]] Result<WebAddress> parse_web_address(std::string_view url);

// To be shown: a password that somebody put there must not reach a log.
[[nodiscard]] std::string without_user_information(std::string_view url);

// A scheme with a single character behind its colon ("https:?"): names no host, and must not reach
// Boost.URL 1.81, which fails an assertion of its own on some of these.
[[nodiscard]] bool is_scheme_and_character(std::string_view text);

} // namespace wta
