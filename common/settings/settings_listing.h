// The effective settings as a flat list for people: what is set to what, and where that was said.
#pragma once

#include "common/settings/settings.h"

#include <string>
#include <vector>

namespace wta {

struct ListedSetting {
    std::string key;    // "fetch.timeout", "certificates[0].sha256", "certificates[0].source[1]"
    std::string value;  // as the settings spell it
    std::string origin; // "built in", "agent.yaml:12:3"
    bool operator==(const ListedSetting&) const = default;
};

// Every setting in the order of the documentation, defaults included; of a certificate what can be said about
// it. All texts are printable.
[[nodiscard]] std::vector<ListedSetting> list_settings(const Settings& settings);

} // namespace wta
