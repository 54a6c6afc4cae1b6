#include "agent/transport/http_url.h"

#include "common/base/utf.h"
#include "common/settings/web_address.h"

#include <boost/url/ipv4_address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wta {
namespace {

namespace urls = boost::urls;

constexpr std::size_t quoted_bytes = 300;

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", printable(text, quoted_bytes)); }

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

bool is_ip_address(const WebAddress& address) {
    return address.ipv6 || urls::parse_ipv4_address(address.host).has_value();
}

// RFC 3986, 3.3: after an authority a path begins with '/'. Boost.URL 1.81 takes 192.0.2.1.example for the
// address 192.0.2.1 and leaves ".example" to the path: whoever wrote it meant another host.
bool misread_host(const urls::url_view& view) {
    const auto path = view.encoded_path();
    return view.has_authority() && !path.empty() && path.front() != '/';
}

// "0443" is the port 443: two spellings of one port must compare equal.
std::string without_zeros(const std::string& port) { return port.substr(port.find_first_not_of('0')); }

std::string bracketed(const HttpUrl& url) {
    return url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
}

} // namespace

Result<HttpUrl> parse_http_url(std::string_view text) {
    auto address = parse_web_address(text);
    if (!address) return refuse(ReasonCode::source_not_supported, std::move(address).error().message);
    // As in misread_host.
    if (!address->target.starts_with('/')) {
        return refuse(
            ReasonCode::source_not_supported,
            fmt::format("{} names a host that begins like an IPv4 address and goes on", quoted(text)));
    }
    HttpUrl url;
    url.text = std::string(text);
    url.tls = address->https;
    url.host = lower_case(address->host);
    url.ip_literal = is_ip_address(*address);
    if (url.host.ends_with('.')) {
        url.host.pop_back();
        url.absolute_name = true;
    }
    if (url.host.empty() || url.host.ends_with('.')) {
        return refuse(ReasonCode::source_not_supported, fmt::format("{} names no host", quoted(text)));
    }
    url.port = address->port.empty() ? std::string(url.tls ? "443" : "80") : without_zeros(address->port);
    url.target = std::move(address->target);
    return url;
}

std::string host_and_port(const HttpUrl& url) { return bracketed(url) + ":" + url.port; }

std::string host_header(const HttpUrl& url) {
    return url.port == (url.tls ? "443" : "80") ? bracketed(url) : host_and_port(url);
}

std::string resolver_name(const HttpUrl& url) { return url.absolute_name ? url.host + "." : url.host; }

Result<HttpUrl> follow_redirect(const HttpUrl& from, std::string_view location, int redirects) {
    const auto refused = [&](std::string_view why) {
        return refuse(ReasonCode::redirect_refused,
                      fmt::format("the server redirects to {}, which is not followed: {}",
                                  quoted(without_user_information(location)), why));
    };
    if (!from.tls) return refused("a redirect over plain http proves nothing about who sent it");
    if (is_scheme_and_character(location)) return refused("it is no location");
    const auto base = urls::parse_uri(from.text);
    const auto reference = urls::parse_uri_reference(location);
    urls::url absolute;
    if (!base || !reference || misread_host(*reference) || !urls::resolve(*base, *reference, absolute))
        return refused("it is no location");
    if (absolute.scheme_id() != urls::scheme::https) return refused("it leaves https");
    absolute.remove_fragment();
    const auto text = absolute.buffer();
    auto to = parse_http_url({text.data(), text.size()});
    if (!to) return refused(to.error().message);
    if (to->host != from.host) return refused(fmt::format("it leaves the host {}", quoted(from.host)));
    if (to->port != from.port) return refused(fmt::format("it leaves the port {}", from.port));
    if (redirects >= max_redirects) return refused(fmt::format("{} redirects are the limit", max_redirects));
    return to;
}

} // namespace wta
