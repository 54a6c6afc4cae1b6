#include "common/certificate/store_name.h"

#include <catch2/catch_test_macros.hpp>

#include <set>

using namespace wta;

TEST_CASE("a store's keys are where Windows keeps them") {
    CHECK(certificates_key(StoreName::root, Location::machine) ==
          R"(Microsoft\SystemCertificates\Root\Certificates)");
    CHECK(certificates_key(StoreName::trusted_publisher, Location::group_policy) ==
          R"(Policies\Microsoft\SystemCertificates\TrustedPublisher\Certificates)");
    CHECK(certificates_key(StoreName::disallowed, Location::enterprise) ==
          R"(Microsoft\EnterpriseCertificates\Disallowed\Certificates)");
}

TEST_CASE("no two stores share a key or a name") {
    std::set<std::string> keys;
    std::set<std::string_view> names;
    for (const auto store : all_stores) {
        names.insert(to_string(store));
        for (const auto location : all_locations) keys.insert(certificates_key(store, location));
    }
    CHECK(names == std::set<std::string_view>{"Root", "TrustedPublisher", "Disallowed", "AuthRoot", "CA"});
    CHECK(keys.size() == all_stores.size() * all_locations.size());
}

TEST_CASE("locations are spelled as in reports") {
    CHECK(to_string(Location::machine) == "machine");
    CHECK(to_string(Location::group_policy) == "groupPolicy");
    CHECK(to_string(Location::enterprise) == "enterprise");
}
