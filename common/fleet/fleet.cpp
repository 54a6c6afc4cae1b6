#include "common/fleet/fleet.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace wta {
namespace {

constexpr std::array stores{FleetStore::root, FleetStore::trusted_publisher, FleetStore::disallowed};
constexpr std::array<std::string_view, 4> locations{"machine", "groupPolicy", "enterprise", "elsewhere"};

unsigned bit(FleetStore store, std::size_t location) {
    return 1U << (static_cast<std::size_t>(store) * locations.size() + location);
}

} // namespace

bool FleetPlaces::add(std::string_view store, std::string_view location) {
    const auto known =
        std::ranges::find_if(stores, [store](FleetStore each) { return to_string(each) == store; });
    if (known == stores.end()) return false;
    const auto found = std::ranges::find(locations, location);
    const auto place = static_cast<std::size_t>(std::min(found, locations.end() - 1) - locations.begin());
    bits_ = static_cast<std::uint16_t>(bits_ | bit(*known, place));
    return true;
}

bool FleetPlaces::in(FleetStore store) const {
    for (std::size_t i = 0; i < locations.size(); ++i)
        if ((bits_ & bit(store, i)) != 0) return true;
    return false;
}

std::string FleetPlaces::describe(FleetStore store) const {
    std::string text;
    for (std::size_t i = 0; i < locations.size(); ++i) {
        if ((bits_ & bit(store, i)) == 0) continue;
        if (!text.empty()) text += ", ";
        text += i == 0 ? std::string(to_string(store))
                       : fmt::format("{} ({})", to_string(store), locations.at(i));
    }
    return text;
}

std::string_view to_string(FleetTrust trust) {
    switch (trust) {
    case FleetTrust::trusted: return "trusted";
    case FleetTrust::withdrawn: return "withdrawn";
    case FleetTrust::distrusted: return "distrusted";
    case FleetTrust::not_configured: return "notConfigured";
    case FleetTrust::other: return "other";
    }
    return {};
}

std::string_view to_string(FleetStore store) {
    switch (store) {
    case FleetStore::root: return "Root";
    case FleetStore::trusted_publisher: return "TrustedPublisher";
    case FleetStore::disallowed: return "Disallowed";
    }
    return {};
}

} // namespace wta
