// The effective settings as a flat list for people: what is set to what, and where that was said.
#pragma once

#include "common/settings/settings_layers.h"

#include <span>
#include <string>
#include <vector>

namespace wta {

// What a layer says that does not count, because one of higher rank says something.
struct OverriddenValue {
    std::string value;
    std::string origin;
    bool operator==(const OverriddenValue&) const = default;
};

struct ListedSetting {
    std::string key;     // "fetch.timeout", "certificates[0].sha256", "certificates[0].source[1]"
    std::string value;   // as the settings spell it
    std::string origin;  // "built in", "agent.yaml:12:3"
    bool locked = false; // machine policy says it, so nothing else on the machine can
    std::vector<OverriddenValue> overridden{}; // in falling rank; of settings with one value only
    bool operator==(const ListedSetting&) const = default;
};

// Every setting in the order of the documentation, defaults included; of a certificate what can be said about
// it. `layers` are those that `settings` were merged from, in rising rank. All texts are printable.
[[nodiscard]] std::vector<ListedSetting> list_settings(const Settings& settings,
                                                       std::span<const SettingsLayer> layers = {});

} // namespace wta
