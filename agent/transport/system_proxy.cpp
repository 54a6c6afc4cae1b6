#include "agent/transport/system_proxy.h"

#include "common/base/utf.h"
#include "common/settings/web_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace wta {
namespace {

constexpr std::size_t quoted_bytes = 300;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_text(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

std::vector<std::string_view> entries(std::string_view list) {
    constexpr std::string_view separators = "; \t\r\n";
    std::vector<std::string_view> found;
    for (auto begin = list.find_first_not_of(separators); begin != std::string_view::npos;
         begin = list.find_first_not_of(separators)) {
        list.remove_prefix(begin);
        const std::string_view entry = list.substr(0, list.find_first_of(separators));
        found.push_back(entry);
        list.remove_prefix(entry.size());
    }
    return found;
}

std::string_view scheme_of(const HttpUrl& url) { return url.tls ? "https" : "http"; }

struct ProxyEntry {
    std::string_view scheme; // empty: all
    std::string_view proxy;
};

ProxyEntry split_entry(std::string_view entry) {
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) return {{}, entry};
    return {entry.substr(0, equals), entry.substr(equals + 1)};
}

// What the list says for the scheme, else for all of them; empty: nothing.
std::string_view chosen_proxy(const HttpUrl& url, std::string_view list) {
    std::string_view for_all;
    for (const std::string_view text : entries(list)) {
        const ProxyEntry entry = split_entry(text);
        if (same_text(entry.scheme, scheme_of(url))) return entry.proxy;
        if (entry.scheme.empty() && for_all.empty()) for_all = entry.proxy;
    }
    return for_all;
}

Result<ProxyExplicit> parse_proxy(std::string_view value) {
    const auto refused = [](std::string_view what) {
        return refuse(ReasonCode::proxy_failed,
                      fmt::format("the system's proxy setting {}; write it as http://host:port", what));
    };
    if (value.find('@') != std::string_view::npos)
        return refused("carries a user name or password, and no credentials are ever sent");
    const std::string quoted = fmt::format("\"{}\"", printable(value, quoted_bytes));
    const std::string text =
        value.find("://") != std::string_view::npos ? std::string(value) : fmt::format("http://{}", value);
    auto address = parse_web_address(text);
    if (!address) return refused(fmt::format("{} is no host and port", quoted));
    if (address->https)
        return refused(fmt::format("{} asks for TLS to the proxy itself, which is not supported", quoted));
    if (address->port.empty()) return refused(fmt::format("{} names no port", quoted));
    if (address->target != "/") return refused(fmt::format("{} is more than a host and port", quoted));
    return ProxyExplicit{std::move(address->host), std::move(address->port)};
}

// Whether `text` is what `pattern` says, '*' being any run of characters. Goes back to the last '*' only,
// which is enough, so a hostile list costs no more than the product of the lengths.
bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    for (std::size_t t = 0; t < text.size();) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

struct BypassEntry {
    std::string_view host; // an IPv6 address without its brackets
    std::string_view port; // empty: every port
};

BypassEntry split_host(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return {text, {}};
        const std::string_view rest = text.substr(end + 1);
        return {text.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : std::string_view()};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
        return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

bool bypassed_by(std::string_view entry, const HttpUrl& url) {
    if (same_text(entry, "<local>")) return !url.ip_literal && url.host.find('.') == std::string::npos;
    if (const auto end = entry.find("://"); end != std::string_view::npos) {
        if (!same_text(entry.substr(0, end), scheme_of(url))) return false;
        entry.remove_prefix(end + 3);
    }
    const BypassEntry bypass = split_host(entry);
    return matches(bypass.host, url.host) && (bypass.port.empty() || bypass.port == url.port);
}

bool is_bypassed(const HttpUrl& url, std::string_view list) {
    return std::ranges::any_of(entries(list),
                               [&url](std::string_view entry) { return bypassed_by(entry, url); });
}

} // namespace

Result<std::optional<ProxyExplicit>> proxy_for(const HttpUrl& url, const platform::SystemProxy& system) {
    const std::string_view chosen = chosen_proxy(url, system.proxy);
    if (chosen.empty() || is_bypassed(url, system.bypass)) return std::optional<ProxyExplicit>{};
    auto proxy = parse_proxy(chosen);
    if (!proxy) return std::unexpected(std::move(proxy).error());
    return std::optional(std::move(*proxy));
}

Result<std::optional<ProxyExplicit>> effective_proxy(const HttpUrl& url, const Proxy& setting,
                                                     const platform::SystemProxy& system) {
    if (const auto* proxy = std::get_if<ProxyExplicit>(&setting)) return std::optional(*proxy);
    if (!std::holds_alternative<ProxySystem>(setting)) return std::optional<ProxyExplicit>{};
    return proxy_for(url, system);
}

} // namespace wta
