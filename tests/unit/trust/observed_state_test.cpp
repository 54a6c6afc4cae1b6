#include "common/trust/observed_state.h"

#include "tests/support/certificate_builder.h"
#include "tests/support/memory_registry.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

const Bytes& der() {
    static const Bytes made = test::self_signed();
    return made;
}

std::string entry_key(StoreName store, Location location, const std::string& name) {
    return certificates_key(store, location) + "\\" + name;
}

const std::string name = to_string(thumbprint_of(der()));

} // namespace

TEST_CASE("an empty registry is observed as an empty machine") {
    test::MemoryRegistry registry;
    const auto observed = observe(registry);
    REQUIRE(observed);
    CHECK(*observed == ObservedState{});
    CHECK(registry.writes().empty());
}

TEST_CASE("entries are found in every store and every location") {
    for (const StoreName store : all_stores)
        for (const Location location : all_locations) {
            test::MemoryRegistry registry;
            REQUIRE(registry.set(entry_key(store, location, name), "Blob",
                                 binary_value(encode_blob(marked_entry(der(), false)))));
            const auto observed = observe(registry);
            REQUIRE(observed);
            const auto found = observed->find(store, sha256_of(der()));
            REQUIRE(found.size() == 1);
            CHECK(found[0]->location == location);
            CHECK(found[0]->ours() ==
                  (location == Location::machine)); // what others deliver is not ours, whatever its name
            CHECK(observed->bytes_of(sha256_of(der())) == der());
        }
}

TEST_CASE("what Windows would not find is no certificate: wrong key, wrong type, garbage, no Blob") {
    const Bytes blob = encode_blob(marked_entry(der(), false));
    test::MemoryRegistry registry;
    SECTION("under a wrong key") {
        REQUIRE(registry.set(entry_key(StoreName::root, Location::machine, std::string(40, 'A')), "Blob",
                             binary_value(blob)));
    }
    SECTION("a wrong type") {
        REQUIRE(registry.set(entry_key(StoreName::root, Location::machine, name), "Blob", {reg_sz, blob}));
    }
    SECTION("garbage") {
        REQUIRE(registry.set(entry_key(StoreName::root, Location::machine, name), "Blob",
                             binary_value(as_byte_view("x"))));
    }
    SECTION("no Blob") {
        REQUIRE(registry.set(entry_key(StoreName::root, Location::machine, name), "Other", dword_value(1)));
    }
    const auto observed = observe(registry);
    REQUIRE(observed);
    CHECK(observed->entries.size() == 1);
    CHECK_FALSE(observed->holds(StoreName::root, sha256_of(der())));
    CHECK_FALSE(observed->bytes_of(sha256_of(der())));
}

TEST_CASE("an unreadable entry of ours is seen as damaged, in the machine's own location only") {
    test::MemoryRegistry registry;
    REQUIRE(registry.set(entry_key(StoreName::root, Location::machine, name), "Blob",
                         binary_value(as_byte_view("x"))));
    REQUIRE(registry.set(entry_key(StoreName::trusted_publisher, Location::group_policy, name), "Blob",
                         binary_value(as_byte_view("x"))));
    const auto observed = observe(registry);
    REQUIRE(observed);
    CHECK(observed->damaged(StoreName::root, thumbprint_of(der())));
    CHECK_FALSE(observed->damaged(StoreName::trusted_publisher, thumbprint_of(der())));
}

TEST_CASE("an intranet update service needs a server and UseWUServer = 1") {
    test::MemoryRegistry registry;
    const std::string au = std::string(policy_key) + "\\AU";
    CHECK_FALSE(observe(registry)->intranet_update_service);
    REQUIRE(registry.set(policy_key, "WUServer", string_value("http://wsus.example.com")));
    CHECK_FALSE(observe(registry)->intranet_update_service);
    REQUIRE(registry.set(au, "UseWUServer", dword_value(0)));
    CHECK_FALSE(observe(registry)->intranet_update_service);
    REQUIRE(registry.set(au, "UseWUServer", dword_value(1)));
    CHECK(observe(registry)->intranet_update_service);
    REQUIRE(registry.set(policy_key, "WUServer", string_value("")));
    CHECK_FALSE(observe(registry)->intranet_update_service);
}

TEST_CASE("a registry that cannot be read is an error, not an empty machine") {
    test::MemoryRegistry counting;
    REQUIRE(observe(counting));
    for (int n = 1; n <= counting.calls(); ++n) {
        test::MemoryRegistry registry;
        registry.fail_call(n, {.code = ErrorCode::io, .message = "told to fail"});
        INFO("call " << n);
        const auto observed = observe(registry);
        REQUIRE_FALSE(observed);
        CHECK(observed.error().code == ErrorCode::io);
    }
}

TEST_CASE("which certificate a damaged entry stands for is told by its own location and name alone") {
    test::MemoryRegistry registry;
    const Bytes der = test::self_signed();
    const auto put = [&](StoreName store, Location location, const std::string& key_name) {
        REQUIRE(registry.set(certificates_key(store, location) + "\\" + key_name, "Blob",
                             binary_value(as_byte_view("garbage"))));
    };
    const std::string thumbprint = to_string(thumbprint_of(der));
    put(StoreName::trusted_publisher, Location::machine, thumbprint);
    put(StoreName::root, Location::group_policy, thumbprint);
    put(StoreName::root, Location::machine, "no thumbprint");
    const ObservedState observed = observe(registry).value();
    CHECK_FALSE(observed.damaged(StoreName::root, thumbprint_of(der)));
    CHECK(observed.damaged(StoreName::trusted_publisher, thumbprint_of(der)));
    CHECK(observed.named(StoreName::root, thumbprint_of(der)));
    CHECK_FALSE(observed.named(StoreName::disallowed, thumbprint_of(der)));
    CHECK_FALSE(observed.bytes_of(sha256_of(der)));
}

TEST_CASE("what hangs in a store without its name is part of no chain, and what is in Disallowed helps to "
          "see whose "
          "chain it breaks") {
    ObservedState observed;
    const Bytes der = test::self_signed();
    for (const StoreName store : all_stores)
        observed.entries.push_back({.store = store,
                                    .location = Location::machine,
                                    .key_name = to_string(thumbprint_of(der)),
                                    .stored = marked_entry(der, false),
                                    .sha256 = sha256_of(der)});
    observed.entries.push_back({.store = StoreName::root,
                                .location = Location::machine,
                                .key_name = "x",
                                .stored = {},
                                .sha256 = {}});
    const Sha256 named = sha256_of(as_byte_view("named by the settings"));
    const ChainStores stores = chain_stores(observed, {named});
    CHECK(stores.roots == std::vector{der, der});         // Root and AuthRoot, not TrustedPublisher
    CHECK(stores.intermediates == std::vector{der, der}); // CA and Disallowed
    CHECK(stores.distrusted.contains(sha256_of(der)));
    CHECK(stores.distrusted.contains(named));
}

TEST_CASE("what is present and whole is not damaged") {
    test::MemoryRegistry registry;
    REQUIRE(registry.set(entry_key(StoreName::root, Location::machine, name), "Blob",
                         binary_value(encode_blob(marked_entry(der(), false)))));
    CHECK_FALSE(observe(registry).value().damaged(StoreName::root, thumbprint_of(der())));
}

TEST_CASE("who manages the machine, and what else decides there, is observed") {
    test::MemoryRegistry registry;
    CHECK(observe(registry).value().limits == TrustLimits{});
    CHECK_FALSE(observe(registry).value().config_mgr_client);
    const auto set = [&registry](std::string_view key, std::string_view value, const RegistryValue& data) {
        REQUIRE(registry.set(key, value, data));
    };
    set(R"(Microsoft\PolicyManager\current\device\Update)", "AllowNonMicrosoftSignedUpdate", dword_value(0));
    set(R"(Policies\Microsoft\SystemCertificates\TrustedPublisher\Safer)", "AuthenticodeFlags",
        dword_value(2));
    set(R"(Microsoft\SystemCertificates\TrustedPublisher\Safer)", "AuthenticodeFlags", dword_value(0x100));
    set(R"(Policies\Microsoft\SystemCertificates\Root\ProtectedRoots)", "Flags", dword_value(8));
    set(R"(Policies\Microsoft\SystemCertificates\AuthRoot)", "DisableRootAutoUpdate", dword_value(1));
    const ObservedState observed = observe(registry).value();
    CHECK(observed.mdm_value == dword_value(0));
    CHECK(observed.limits == TrustLimits{2, 0x100, 8, true});
    set(R"(Policies\Microsoft\SystemCertificates\AuthRoot)", "DisableRootAutoUpdate", string_value("1"));
    CHECK_FALSE(observe(registry).value().limits.root_update_disabled);
    for (const std::string_view key : {R"(Microsoft\SMS\Mobile Client)", R"(Microsoft\CCM)"}) {
        test::MemoryRegistry other;
        REQUIRE(other.set(key, "x", dword_value(1)));
        CHECK(observe(other).value().config_mgr_client);
    }
}

TEST_CASE("what only explains is not known to a user who may not look at it, and ends no run") {
    test::MemoryRegistry registry;
    const int calls = [&registry] {
        REQUIRE(observe(registry));
        return registry.calls();
    }();
    int survived = 0;
    for (int call = 1; call <= calls; ++call) {
        registry.fail_call(call, {ErrorCode::access_denied, "told to fail"});
        if (observe(registry)) ++survived;
        registry.fail_call(call, {ErrorCode::io, "told to fail"});
        CHECK_FALSE(observe(registry));
    }
    CHECK(survived == 7); // MDM, two places of Configuration Manager, four limits
}
