#include "tests/contract/endpoint_contract.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace wta;
using namespace wta::test;

namespace {

const std::string key = "WsusTrustAgent\\Contract";

Result<void> as_meant(Registry& /*registry*/) { return {}; }

std::unique_ptr<Endpoint> begun(auto& machine) {
    auto endpoint = machine.open(Use::change);
    REQUIRE(endpoint->begin_changes());
    return endpoint;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::ranges::sort(names);
    return names;
}

const StoredCertificate entry = marked_entry(as_byte_view("a certificate"), true);
const Thumbprint thumbprint = thumbprint_of(entry.der());
std::string entry_key(StoreName store) {
    return certificates_key(store, Location::machine) + "\\" + to_string(thumbprint);
}

} // namespace

TEMPLATE_LIST_TEST_CASE("endpoint: what is absent is nothing and no error", "", Machines) {
    TestType machine;
    const auto endpoint = machine.open(Use::look);
    CHECK(endpoint->registry().get("No\\Such\\Key", "Value").value() == std::nullopt);
    CHECK(endpoint->registry().get("Microsoft", "No such value").value() == std::nullopt);
    CHECK(endpoint->registry().list("No\\Such\\Key").value() == std::nullopt);
    CHECK(endpoint->registry().list("").value().has_value());
}

TEMPLATE_LIST_TEST_CASE("endpoint: a value comes back with its type and its bytes", "", Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    for (const std::uint32_t type : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 11U, 12U, 0x20001U, 0xFFFFFFFFU}) {
        for (const std::size_t size : {0U, 1U, 3U, 4U, 5U, 8U, 4000U, 16'000U}) {
            INFO("type " << type << ", " << size << " bytes");
            const RegistryValue value{type, Bytes(size, std::byte{0xA5})};
            REQUIRE(registry.set(key, "Value", value));
            CHECK(registry.get(key, "Value").value() == value);
        }
    }
}

TEMPLATE_LIST_TEST_CASE("endpoint: names are found whatever their letter case and kept as first written", "",
                        Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    REQUIRE(registry.set("Vendor\\Product", "Value", dword_value(1)));
    REQUIRE(registry.set("VENDOR\\pRODUCT", "vALUE", dword_value(2)));
    CHECK(registry.get("vendor\\product", "VALUE").value() == dword_value(2));
    CHECK(registry.list("vendor").value() == KeyListing{{"Product"}, {}});
    CHECK(registry.list("vendor\\product").value() == KeyListing{{}, {"Value"}});
}

TEMPLATE_LIST_TEST_CASE("endpoint: setting a value creates its key and leaves the other values alone", "",
                        Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    const std::vector<std::pair<std::string, RegistryValue>> others{{"", string_value("the default value")},
                                                                    {"Empty", {reg_sz, {}}},
                                                                    {"Nothing", {0, {}}},
                                                                    {"Bytes", binary_value(Bytes(300))}};
    for (const auto& [name, value] : others) REQUIRE(registry.set(key, name, value));
    REQUIRE(registry.set(key, "New", dword_value(1)));
    REQUIRE(registry.set(key, "New", string_value("2")));
    for (const auto& [name, value] : others) CHECK(registry.get(key, name).value() == value);
    CHECK(registry.get(key, "New").value() == string_value("2"));
    CHECK(sorted(registry.list(key).value()->values) ==
          std::vector<std::string>{"", "Bytes", "Empty", "New", "Nothing"});
}

TEMPLATE_LIST_TEST_CASE(
    "endpoint: removing a value leaves its key and the others, and is done when there is none", "",
    Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    REQUIRE(registry.set(key, "One", dword_value(1)));
    REQUIRE(registry.set(key, "Two", dword_value(2)));
    REQUIRE(registry.erase(key, "ONE"));
    CHECK(registry.get(key, "One").value() == std::nullopt);
    CHECK(registry.get(key, "Two").value() == dword_value(2));
    REQUIRE(registry.erase(key, "Two"));
    CHECK(registry.list(key).value() == KeyListing{});
    CHECK(registry.erase(key, "One"));
    CHECK(registry.erase("No\\Such\\Key", "One"));
}

TEMPLATE_LIST_TEST_CASE("endpoint: a key goes with its values, but not while it has sub-keys", "", Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    REQUIRE(registry.set("A", "Value", dword_value(1)));
    REQUIRE(registry.set("A\\B", "Value", dword_value(1)));
    const auto refused = registry.erase_key("A");
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::invalid);
    CHECK(registry.get("A", "Value").value() == dword_value(1));
    REQUIRE(registry.erase_key("a\\b"));
    REQUIRE(registry.erase_key("a"));
    CHECK(registry.list("A").value() == std::nullopt);
    CHECK(registry.erase_key("A"));
    CHECK(registry.erase_key("").error().code == ErrorCode::invalid);
    REQUIRE(registry.set("A", "Value", dword_value(2)));
    CHECK(registry.get("A", "Value").value() == dword_value(2));
}

TEMPLATE_LIST_TEST_CASE("endpoint: a key lists its own sub-keys and values only", "", Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    for (const std::string name : {"m", "a", "z", "Ab", "aa", "M1"})
        REQUIRE(registry.set("List\\" + name + "\\deeper", "x", dword_value(1)));
    REQUIRE(registry.set("List", "v", dword_value(1)));
    const auto listing = registry.list("List").value();
    CHECK(sorted(listing->subkeys) == std::vector<std::string>{"Ab", "M1", "a", "aa", "m", "z"});
    CHECK(listing->values == std::vector<std::string>{"v"});
}

TEMPLATE_LIST_TEST_CASE("endpoint: nothing can be written before changes are begun", "", Machines) {
    TestType machine;
    const auto before = machine.contents();
    const auto endpoint = machine.open(Use::change);
    Registry& registry = endpoint->registry();
    CHECK(registry.set(key, "Value", dword_value(1)).error().code == ErrorCode::access_denied);
    CHECK(registry.erase("Microsoft", "Value").error().code == ErrorCode::access_denied);
    CHECK(registry.erase_key("Microsoft").error().code == ErrorCode::access_denied);
    CHECK(endpoint->store_writer().add(StoreName::root, entry).error().code == ErrorCode::access_denied);
    CHECK(endpoint->store_writer().remove(StoreName::root, thumbprint).error().code ==
          ErrorCode::access_denied);
    CHECK(endpoint->commit(as_meant).error().code == ErrorCode::access_denied);
    CHECK(machine.contents() == before);
}

TEMPLATE_LIST_TEST_CASE("endpoint: one that was opened to look only cannot be changed", "", Machines) {
    TestType machine;
    const auto before = machine.contents();
    const auto endpoint = machine.open(Use::look);
    CHECK(endpoint->begin_changes().error().code == ErrorCode::access_denied);
    CHECK(endpoint->registry().set(key, "Value", dword_value(1)).error().code == ErrorCode::access_denied);
    CHECK(machine.contents() == before);
}

TEMPLATE_LIST_TEST_CASE("endpoint: beginning changes writes nothing", "", Machines) {
    TestType machine;
    const auto before = machine.contents();
    { const auto endpoint = begun(machine); }
    CHECK(machine.contents() == before);
}

TEMPLATE_LIST_TEST_CASE("endpoint: what was committed is there when it is opened again", "", Machines) {
    TestType machine;
    {
        const auto endpoint = begun(machine);
        REQUIRE(endpoint->registry().set(key, "Value", string_value("kept")));
        REQUIRE(endpoint->store_writer().add(StoreName::disallowed, entry));
        REQUIRE(endpoint->registry().erase_key("Policies"));
        bool seen = false;
        REQUIRE(endpoint->commit([&](Registry& registry) -> Result<void> {
            seen = registry.get(key, "Value").value() == string_value("kept");
            return {};
        }));
        CHECK(seen);
        CHECK(endpoint->registry().get(key, "Value").value() == string_value("kept"));
        CHECK(endpoint->registry().set(key, "Value", dword_value(1)).error().code ==
              ErrorCode::access_denied);
    }
    const auto endpoint = machine.open(Use::look);
    CHECK(endpoint->registry().get(key, "Value").value() == string_value("kept"));
    CHECK(endpoint->registry().get(entry_key(StoreName::disallowed), "Blob").value() ==
          binary_value(encode_blob(entry)));
    CHECK(endpoint->registry().list("Policies").value() == std::nullopt);
}

TEMPLATE_LIST_TEST_CASE("endpoint: changes can be begun again after a commit", "", Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    for (const std::uint32_t round : {1U, 2U, 3U}) {
        REQUIRE(endpoint->registry().set(key, "Value", dword_value(round)));
        REQUIRE(endpoint->commit(as_meant));
        CHECK(machine.open(Use::look)->registry().get(key, "Value").value() == dword_value(round));
        REQUIRE(endpoint->begin_changes());
    }
}

TEMPLATE_LIST_TEST_CASE("endpoint: a result that is not what was meant leaves everything as before", "",
                        Machines) {
    TestType machine;
    const auto before = machine.contents();
    const auto endpoint = begun(machine);
    REQUIRE(endpoint->registry().set(key, "Value", dword_value(1)));
    REQUIRE(endpoint->store_writer().add(StoreName::root, entry));
    const Error mismatch{ErrorCode::invalid, "not what was meant", std::nullopt, ReasonCode::not_verified};
    const auto committed =
        endpoint->commit([&](Registry&) -> Result<void> { return std::unexpected(mismatch); });
    REQUIRE(!committed);
    CHECK(committed.error() == mismatch);
    CHECK(machine.contents() == before);
    CHECK(endpoint->registry().get(key, "Value").value() == std::nullopt);
    REQUIRE(endpoint->begin_changes());
    REQUIRE(endpoint->registry().set(key, "Value", dword_value(2)));
    CHECK(endpoint->commit(as_meant));
}

TEMPLATE_LIST_TEST_CASE("endpoint: an entry that is present is never replaced", "", Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    const StoredCertificate present = marked_entry(entry.der(), false);
    REQUIRE(endpoint->store_writer().add(StoreName::root, present));
    const auto added = endpoint->store_writer().add(StoreName::root, entry);
    REQUIRE(!added);
    CHECK(added.error().code == ErrorCode::busy);
    CHECK(endpoint->registry().get(entry_key(StoreName::root), "Blob").value() ==
          binary_value(encode_blob(present)));
    CHECK(endpoint->store_writer().add(StoreName::trusted_publisher, entry));
}

TEMPLATE_LIST_TEST_CASE("endpoint: an entry that does not decode is overwritten", "", Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    REQUIRE(endpoint->registry().set(entry_key(StoreName::root), "Blob", binary_value(Bytes(7))));
    REQUIRE(endpoint->store_writer().add(StoreName::root, entry));
    CHECK(endpoint->registry().get(entry_key(StoreName::root), "Blob").value() ==
          binary_value(encode_blob(entry)));
}

TEMPLATE_LIST_TEST_CASE("endpoint: an entry is removed with its key, and removing an absent one is done", "",
                        Machines) {
    TestType machine;
    const auto endpoint = begun(machine);
    REQUIRE(endpoint->store_writer().add(StoreName::root, entry));
    REQUIRE(endpoint->registry().set(entry_key(StoreName::root), "Other", dword_value(1)));
    REQUIRE(endpoint->store_writer().remove(StoreName::root, thumbprint));
    CHECK(endpoint->registry().list(entry_key(StoreName::root)).value() == std::nullopt);
    CHECK(endpoint->store_writer().remove(StoreName::root, thumbprint));
    CHECK(endpoint->store_writer().remove(StoreName::auth_root, thumbprint));
}
