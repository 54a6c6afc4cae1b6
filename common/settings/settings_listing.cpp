#include "common/settings/settings_listing.h"

#include "common/base/utf.h"
#include "common/settings/duration.h"
#include "common/settings/setting_table.h"

#include <limits>
#include <ranges>

namespace wta {

namespace {

std::string word(bool value) { return value ? "true" : "false"; }

std::string word(Mode mode) {
    switch (mode) {
    case Mode::enforce: return "enforce";
    case Mode::audit: return "audit";
    }
    return {};
}

std::string word(CertificateState state) {
    switch (state) {
    case CertificateState::trusted: return "trusted";
    case CertificateState::withdrawn: return "withdrawn";
    case CertificateState::distrusted: return "distrusted";
    }
    return {};
}

std::string word(const Exceptions& allow) {
    std::string text;
    const auto add = [&text](bool allowed, std::string_view name) {
        if (!allowed) return;
        if (!text.empty()) text += ", ";
        text += name;
    };
    add(allow.expired, "expired");
    add(allow.no_eku, "no_eku");
    add(allow.ca_certificate, "ca_certificate");
    return text.empty() ? "none" : text;
}

std::string word(std::chrono::milliseconds duration) { return to_string(duration); }

std::string word(std::chrono::seconds duration) { return to_string(std::chrono::milliseconds{duration}); }

std::string word(const std::optional<std::string>& text) { return text.value_or("none"); }

std::string word(Watch watch) {
    switch (watch) {
    case Watch::repair: return "repair";
    case Watch::report: return "report";
    case Watch::off: return "off";
    }
    return {};
}

std::string word(LogFormat format) {
    switch (format) {
    case LogFormat::text: return "text";
    case LogFormat::json: return "json";
    case LogFormat::cmtrace: return "cmtrace";
    }
    return {};
}

struct ProxyWord {
    std::string operator()(const ProxyNone&) const { return "none"; }
    std::string operator()(const ProxySystem&) const { return "system"; }
    std::string operator()(const ProxyExplicit& proxy) const {
        const bool ipv6 = proxy.host.contains(':');
        return "http://" + (ipv6 ? "[" + proxy.host + "]" : proxy.host) + ":" + proxy.port;
    }
};

std::string word(const Proxy& proxy) { return std::visit(ProxyWord{}, proxy); }

std::string word(const std::optional<HostAndPort>& address) {
    if (!address) return "none";
    return (address->host.contains(':') ? "[" + address->host + "]" : address->host) + ":" + address->port;
}

// What counts where nothing is said.
std::string word_for(std::string_view key, const auto& value) {
    std::string text = word(value);
    if (text != "none") return text;
    if (key == "fetch.ca_file") return "none (the system's roots)";
    if (key == "report.spool") return "none (the system's place for it)";
    return text;
}

std::string shown(std::string_view value) {
    return printable(value, std::numeric_limits<std::size_t>::max());
}

class Listing {
public:
    void add(std::string key, std::string_view value, const Origin& origin) {
        list_.push_back({.key = std::move(key),
                         .value = shown(value),
                         .origin = describe(origin),
                         .locked = origin.layer == Layer::machine_policy});
    }

    void add_certificate(const std::string& key, const CertificateSettings& certificate) {
        const Origin& origin = certificate.origin;
        add(key + ".sha256",
            certificate.sha256 ? to_string(*certificate.sha256) : "none (not pinned: never installed)",
            origin);
        for (std::size_t i = 0; i < certificate.sources.size(); ++i)
            add(key + ".source[" + std::to_string(i) + "]", certificate.sources[i], origin);
        if (certificate.der) add(key + ".der", std::to_string(certificate.der->size()) + " bytes", origin);
        add(key + ".state", word(certificate.state), origin);
        add(key + ".allow", word(certificate.allow), origin);
        add(key + ".restrict_usage", word(certificate.restrict_usage), origin);
        if (certificate.retrust) add(key + ".retrust", *certificate.retrust, origin);
        if (!certificate.note.empty()) add(key + ".note", certificate.note, origin);
    }

    // Of the setting that was added last: what layers of lower rank say. Layers are in rising rank.
    template <class Member>
    void add_overridden(std::span<const SettingsLayer> layers, const Origin& origin, const Member& member) {
        for (const SettingsLayer& layer : std::views::reverse(layers)) {
            const auto& setting = member(layer.settings);
            if (setting.origin.layer != Layer::built_in && setting.origin.layer < origin.layer)
                list_.back().overridden.push_back({shown(word(setting.value)), describe(setting.origin)});
        }
    }

    [[nodiscard]] std::vector<ListedSetting> take() { return std::move(list_); }

private:
    std::vector<ListedSetting> list_;
};

} // namespace

std::vector<ListedSetting> list_settings(const Settings& settings, std::span<const SettingsLayer> layers) {
    Listing listing;
    for_each_setting([&](std::string_view key, const auto& member) {
        const auto& setting = member(settings);
        listing.add(std::string(key), word_for(key, setting.value), setting.origin);
        listing.add_overridden(layers, setting.origin, member);
        if (key != "mode") return; // certificates come second
        if (settings.certificates.empty()) listing.add("certificates", "none", Origin{});
        for (std::size_t i = 0; i < settings.certificates.size(); ++i)
            listing.add_certificate("certificates[" + std::to_string(i) + "]", settings.certificates[i]);
    });
    return listing.take();
}

} // namespace wta
