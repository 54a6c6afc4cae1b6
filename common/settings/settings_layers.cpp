#include "common/settings/settings_layers.h"

#include "common/settings/setting_table.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

namespace wta {

namespace {

bool is_invalid(const SettingsLayer& layer, std::string_view key) {
    return std::ranges::find(layer.invalid, key) != layer.invalid.end();
}

bool names_certificates(const SettingsLayer& layer) {
    return !layer.settings.certificates.empty() || is_invalid(layer, "certificates");
}

int strictness(CertificateState state) {
    switch (state) {
    case CertificateState::trusted: return 0;
    case CertificateState::withdrawn: return 1;
    case CertificateState::distrusted: return 2;
    }
    return 0;
}

class CertificateList {
public:
    explicit CertificateList(MergedSettings& merged) : merged_(merged), list_(merged.settings.certificates) {}

    // All of the layer that names the certificates.
    void take(const SettingsLayer& layer) {
        list_ = layer.settings.certificates;
        by_ = layer.layer;
        for (std::size_t i = 0; i < list_.size(); ++i)
            if (list_[i].sha256) place_of_pin_.emplace(*list_[i].sha256, i);
    }

    // Of a layer below it: only what takes trust away.
    void add(const CertificateSettings& entry) {
        if (entry.state == CertificateState::trusted || !entry.sha256) {
            merged_.overridden.push_back({entry, by_});
            return;
        }
        const auto [known, added] = place_of_pin_.emplace(*entry.sha256, list_.size());
        if (added) {
            list_.push_back(entry);
            return;
        }
        CertificateSettings& other = list_[known->second];
        if (strictness(entry.state) > strictness(other.state)) {
            merged_.overridden.push_back({std::exchange(other, entry), entry.origin.layer});
            return;
        }
        merged_.overridden.push_back({entry, other.origin.layer});
    }

private:
    MergedSettings& merged_;
    std::vector<CertificateSettings>& list_;
    Layer by_{};
    std::map<Sha256, std::size_t> place_of_pin_;
};

} // namespace

SettingsLayer unusable_layer(Layer layer, std::string place, std::vector<SettingsError> problems) {
    SettingsLayer result;
    result.layer = layer;
    result.place = std::move(place);
    result.problems = std::move(problems);
    result.invalid.emplace_back("certificates");
    for_each_setting([&result](std::string_view key, const auto& /*member*/) {
        if (decides_trust(key)) result.invalid.emplace_back(key);
    });
    return result;
}

SettingsLayer file_layer(ReadSettings read, std::string place) {
    if (!read.errors.empty()) return unusable_layer(Layer::file, std::move(place), std::move(read.errors));
    SettingsLayer layer;
    layer.place = std::move(place);
    layer.settings = std::move(read.settings);
    return layer;
}

MergedSettings merge_layers(std::span<const SettingsLayer> layers) {
    MergedSettings merged;
    const Settings built_in;
    for (const SettingsLayer& layer : layers)
        for_each_setting([&](std::string_view key, const auto& member) {
            if (is_invalid(layer, key)) member(merged.settings) = member(built_in);
            if (member(layer.settings).origin.layer != Layer::built_in)
                member(merged.settings) = member(layer.settings);
        });

    CertificateList certificates(merged);
    bool named = false;
    for (const SettingsLayer& layer : std::views::reverse(layers)) {
        if (!named && names_certificates(layer)) {
            named = true;
            certificates.take(layer);
        } else {
            for (const CertificateSettings& entry : layer.settings.certificates) certificates.add(entry);
        }
    }
    return merged;
}

} // namespace wta
