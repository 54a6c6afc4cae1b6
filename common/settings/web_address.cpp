#include "common/settings/web_address.h"

#include "common/base/utf.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace wta {

namespace {

constexpr std::size_t max_url_size = 2'048;
constexpr std::size_t max_host_size = 253; // RFC 1035 2.3.4, without the root's dot

std::unexpected<Error> refuse_url(std::string_view url, const std::string& why) {
    return refuse(ReasonCode::settings_invalid,
                  "\"" + printable(without_user_information(url), 200) + "\" is no usable URL: " + why);
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5) return false;
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        number = number * 10 + (c - '0');
    }
    return number >= 1 && number <= 65'535;
}

std::string text_of(boost::urls::string_view part) { return {part.data(), part.size()}; }

} // namespace

std::string without_user_information(std::string_view url) {
    std::string shown(url);
    const std::size_t slashes = shown.find("//");
    const std::size_t at = shown.rfind('@');
    if (slashes != std::string::npos && at != std::string::npos && at > slashes + 2)
        shown.replace(slashes + 2, at - slashes - 2, "***");
    return shown;
}

bool is_scheme_and_character(std::string_view text) {
    return text.size() >= 2 && text.find(':') == text.size() - 2;
}

Result<WebAddress> parse_web_address(std::string_view url) {
    if (url.size() > max_url_size) return refuse_url(url, "it is longer than 2,048 bytes");
    if (is_scheme_and_character(url)) return refuse_url(url, "it names no host");
    const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
    if (!parsed)
        return refuse_url(
            url, "it is not spelled as RFC 3986 wants it; spaces, braces and letters outside ASCII are "
                 "percent-encoded there, a space as %20");
    const boost::urls::url_view& parts = *parsed;
    WebAddress address;
    switch (parts.scheme_id()) {
    case boost::urls::scheme::https: address.https = true; break;
    case boost::urls::scheme::http: break;
    case boost::urls::scheme::none:
    case boost::urls::scheme::unknown:
    case boost::urls::scheme::ftp:
    case boost::urls::scheme::file:
    case boost::urls::scheme::ws:
    case boost::urls::scheme::wss: return refuse_url(url, "only https:// and http:// are known");
    }
    if (parts.has_userinfo())
        return refuse_url(
            url, "it carries user information before \"@\"; no credentials are ever offered, remove it");
    if (parts.has_fragment())
        return refuse_url(url, "it has a fragment after \"#\", which is never sent; remove it");
    if (!parts.has_authority() || parts.encoded_host().empty()) return refuse_url(url, "it names no host");
    if (parts.has_port() && !is_port(text_of(parts.port())))
        return refuse_url(url, "a port is a number from 1 to 65535");

    if (parts.host_type() == boost::urls::host_type::ipv6) {
        address.ipv6 = true;
        address.host = parts.host_ipv6_address().to_string();
    } else {
        address.host = text_of(parts.encoded_host());
        if (address.host.size() > max_host_size || !std::ranges::all_of(address.host, is_host_character))
            return refuse_url(url, "the host has characters that no host name has; write an international "
                                   "name in its xn-- form");
    }
    if (parts.has_port()) address.port = text_of(parts.port());
    address.target = text_of(parts.encoded_path());
    // Boost.URL 1.81 takes "192.0.2.1" for the host of "https://192.0.2.1.example/" and the rest for a path.
    if (!address.target.empty() && !address.target.starts_with('/'))
        return refuse_url(url, "its host looks like an IPv4 address with something behind it");
    if (address.target.empty()) address.target = "/";
    if (parts.has_query()) address.target += "?" + text_of(parts.encoded_query());
    return address;
}

} // namespace wta
