#include "common/certificate/store_name.h"

#include <utility>

namespace wta {

std::string_view to_string(StoreName store) {
    switch (store) {
    case StoreName::root: return "Root";
    case StoreName::trusted_publisher: return "TrustedPublisher";
    case StoreName::disallowed: return "Disallowed";
    case StoreName::auth_root: return "AuthRoot";
    case StoreName::ca: return "CA";
    }
    std::unreachable();
}

std::string_view to_string(Location location) {
    switch (location) {
    case Location::machine: return "machine";
    case Location::group_policy: return "groupPolicy";
    case Location::enterprise: return "enterprise";
    }
    std::unreachable();
}

std::string certificates_key(StoreName store, Location location) {
    return certificates_key(to_string(store), location);
}

std::string certificates_key(std::string_view store, Location location) {
    const auto below = [location]() -> std::string_view {
        switch (location) {
        case Location::machine: return R"(Microsoft\SystemCertificates\)";
        case Location::group_policy: return R"(Policies\Microsoft\SystemCertificates\)";
        case Location::enterprise: return R"(Microsoft\EnterpriseCertificates\)";
        }
        std::unreachable();
    };
    return std::string(below()).append(store).append(R"(\Certificates)");
}

} // namespace wta
