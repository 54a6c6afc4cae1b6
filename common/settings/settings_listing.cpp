#include "common/settings/settings_listing.h"

#include "common/base/utf.h"
#include "common/settings/duration.h"

#include <limits>

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

struct ProxyWord {
    std::string operator()(const ProxyNone&) const { return "none"; }
    std::string operator()(const ProxySystem&) const { return "system"; }
    std::string operator()(const ProxyExplicit& proxy) const {
        const bool ipv6 = proxy.host.contains(':');
        return "http://" + (ipv6 ? "[" + proxy.host + "]" : proxy.host) + ":" + proxy.port;
    }
};

class Listing {
public:
    void add(std::string key, std::string_view value, const Origin& origin) {
        list_.push_back(
            {std::move(key), printable(value, std::numeric_limits<std::size_t>::max()), describe(origin)});
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
        if (!certificate.note.empty()) add(key + ".note", certificate.note, origin);
    }

    [[nodiscard]] std::vector<ListedSetting> take() { return std::move(list_); }

private:
    std::vector<ListedSetting> list_;
};

} // namespace

std::vector<ListedSetting> list_settings(const Settings& settings) {
    Listing listing;
    listing.add("mode", word(settings.mode.value), settings.mode.origin);
    if (settings.certificates.empty()) listing.add("certificates", "none", Origin{});
    for (std::size_t i = 0; i < settings.certificates.size(); ++i)
        listing.add_certificate("certificates[" + std::to_string(i) + "]", settings.certificates[i]);
    listing.add("policy.accept_trusted_publisher_certs", word(settings.accept_trusted_publisher_certs.value),
                settings.accept_trusted_publisher_certs.origin);
    listing.add("policy.override_owner", word(settings.override_owner.value), settings.override_owner.origin);
    listing.add("only_with_wsus", word(settings.only_with_wsus.value), settings.only_with_wsus.origin);
    const FetchSettings& fetch = settings.fetch;
    listing.add("fetch.timeout", to_string(fetch.timeout.value), fetch.timeout.origin);
    listing.add("fetch.refresh", to_string(std::chrono::milliseconds{fetch.refresh.value}),
                fetch.refresh.origin);
    listing.add("fetch.ca_file", fetch.ca_file.value.value_or("none (the system's roots)"),
                fetch.ca_file.origin);
    listing.add("fetch.proxy", std::visit(ProxyWord{}, fetch.proxy.value), fetch.proxy.origin);
    return listing.take();
}

} // namespace wta
