#include "common/base/utf.h"
#include "common/trust/registry_store_writer.h"
#include "tests/contract/endpoint_contract.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

using namespace wta;
using namespace wta::test;

namespace {

const std::string key = "WsusTrustAgent\\Contract";

Result<void> as_meant(Registry& /*registry*/) { return {}; }

std::unique_ptr<Endpoint> begun(const MachineUnderTest& machine) {
    auto endpoint = machine->open(Use::change);
    REQUIRE(endpoint->begin_changes());
    return endpoint;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::ranges::sort(names);
    return names;
}

const Bytes& certificate() {
    static const Bytes der = self_signed();
    return der;
}
StoredCertificate entry() { return marked_entry(certificate(), true); }
Thumbprint thumbprint() { return thumbprint_of(certificate()); }
std::string key_of_entry(StoreName store) { return entry_key(store, thumbprint()); }

// Windows adds properties of its own to those of an entry, in an order of its own.
bool is_entry(const std::optional<StoredCertificate>& stored, const StoredCertificate& wanted) {
    return stored && std::ranges::all_of(wanted.elements, [&stored](const auto& element) {
               return std::ranges::find(stored->elements, element) != stored->elements.end();
           });
}
bool holds(Registry& registry, StoreName store, const StoredCertificate& wanted) {
    return is_entry(find_entry(registry, store, thumbprint_of(wanted.der())).value(), wanted);
}

} // namespace

TEST_CASE("endpoint: what is absent is nothing and no error") {
    const auto machine = any_machine();
    const auto endpoint = machine->open(Use::look);
    CHECK(endpoint->registry().get("No\\Such\\Key", "Value").value() == std::nullopt);
    CHECK(endpoint->registry().get("Microsoft", "No such value").value() == std::nullopt);
    CHECK(endpoint->registry().list("No\\Such\\Key").value() == std::nullopt);
    CHECK(endpoint->registry().list("").value().has_value());
}

TEST_CASE("endpoint: a value comes back with its type and its bytes") {
    const auto machine = any_machine();
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

TEST_CASE("endpoint: names are found whatever their letter case and kept as first written") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    REQUIRE(registry.set("Vendor\\Product", "Value", dword_value(1)));
    REQUIRE(registry.set("VENDOR\\pRODUCT", "vALUE", dword_value(2)));
    CHECK(registry.get("vendor\\product", "VALUE").value() == dword_value(2));
    CHECK(registry.list("vendor").value() == KeyListing{{"Product"}, {}});
    CHECK(registry.list("vendor\\product").value() == KeyListing{{}, {"Value"}});
}

TEST_CASE("endpoint: setting a value creates its key and leaves the other values alone") {
    const auto machine = any_machine();
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

TEST_CASE("endpoint: removing a value leaves its key and the others, and is done when there is none") {
    const auto machine = any_machine();
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

TEST_CASE("endpoint: a key goes with its values, but not while it has sub-keys") {
    const auto machine = any_machine();
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

TEST_CASE("endpoint: a key lists its own sub-keys and values only") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    for (const std::string name : {"m", "a", "z", "Ab", "aa", "M1"})
        REQUIRE(registry.set("List\\" + name + "\\deeper", "x", dword_value(1)));
    REQUIRE(registry.set("List", "v", dword_value(1)));
    const auto listing = registry.list("List").value();
    CHECK(sorted(listing->subkeys) == std::vector<std::string>{"Ab", "M1", "a", "aa", "m", "z"});
    CHECK(listing->values == std::vector<std::string>{"v"});
}

TEST_CASE("endpoint: nothing can be written before changes are begun") {
    const auto machine = any_machine();
    const auto before = machine->contents();
    const auto endpoint = machine->open(Use::change);
    Registry& registry = endpoint->registry();
    CHECK(registry.set(key, "Value", dword_value(1)).error().code == ErrorCode::access_denied);
    CHECK(registry.erase("Microsoft", "Value").error().code == ErrorCode::access_denied);
    CHECK(registry.erase_key("Microsoft").error().code == ErrorCode::access_denied);
    CHECK(endpoint->store_writer().add(StoreName::root, entry()).error().code == ErrorCode::access_denied);
    CHECK(endpoint->store_writer().remove(StoreName::root, thumbprint()).error().code ==
          ErrorCode::access_denied);
    CHECK(!endpoint->store_writer().adopt(StoreName::root, thumbprint(), true));
    CHECK(endpoint->commit(as_meant).error().code == ErrorCode::access_denied);
    CHECK(machine->contents() == before);
}

TEST_CASE("endpoint: one that was opened to look only cannot be changed") {
    const auto machine = any_machine();
    const auto before = machine->contents();
    const auto endpoint = machine->open(Use::look);
    CHECK(endpoint->begin_changes().error().code == ErrorCode::access_denied);
    CHECK(endpoint->registry().set(key, "Value", dword_value(1)).error().code == ErrorCode::access_denied);
    CHECK(machine->contents() == before);
}

TEST_CASE("endpoint: beginning changes writes nothing") {
    const auto machine = any_machine();
    const auto before = machine->contents();
    { const auto endpoint = begun(machine); }
    CHECK(machine->contents() == before);
}

TEST_CASE("endpoint: what was committed is there when it is opened again") {
    const auto machine = any_machine();
    {
        const auto endpoint = begun(machine);
        REQUIRE(endpoint->registry().set(key, "Value", string_value("kept")));
        REQUIRE(endpoint->store_writer().add(StoreName::disallowed, entry()));
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
    const auto endpoint = machine->open(Use::look);
    CHECK(endpoint->registry().get(key, "Value").value() == string_value("kept"));
    CHECK(holds(endpoint->registry(), StoreName::disallowed, entry()));
    CHECK(endpoint->registry().list("Policies").value() == std::nullopt);
}

TEST_CASE("endpoint: changes can be begun again after a commit") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    for (const std::uint32_t round : {1U, 2U, 3U}) {
        REQUIRE(endpoint->registry().set(key, "Value", dword_value(round)));
        REQUIRE(endpoint->commit(as_meant));
        CHECK(machine->open(Use::look)->registry().get(key, "Value").value() == dword_value(round));
        REQUIRE(endpoint->begin_changes());
    }
}

TEST_CASE("endpoint: a result that is not what was meant leaves everything as before where that can be") {
    const auto machine = any_all_or_nothing_machine();
    const auto before = machine->contents();
    const auto endpoint = begun(machine);
    REQUIRE(endpoint->registry().set(key, "Value", dword_value(1)));
    REQUIRE(endpoint->store_writer().add(StoreName::root, entry()));
    const Error mismatch{ErrorCode::invalid, "not what was meant", std::nullopt, ReasonCode::not_verified};
    const auto committed =
        endpoint->commit([&](Registry&) -> Result<void> { return std::unexpected(mismatch); });
    REQUIRE(!committed);
    CHECK(committed.error() == mismatch);
    CHECK(machine->contents() == before);
    CHECK(endpoint->registry().get(key, "Value").value() == std::nullopt);
    REQUIRE(endpoint->begin_changes());
    REQUIRE(endpoint->registry().set(key, "Value", dword_value(2)));
    CHECK(endpoint->commit(as_meant));
}

TEST_CASE("endpoint: an entry comes back with mark, usage limit and certificate, under its thumbprint") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    const StoreName store = GENERATE(StoreName::root, StoreName::trusted_publisher, StoreName::disallowed);
    REQUIRE(endpoint->registry().list(certificates_key(store, Location::machine)).value() == std::nullopt);
    REQUIRE(endpoint->store_writer().add(store, entry()));
    CHECK(holds(endpoint->registry(), store, entry()));
    CHECK(endpoint->registry().list(certificates_key(store, Location::machine)).value() ==
          KeyListing{{to_string(thumbprint())}, {}});
    const auto stored = find_entry(endpoint->registry(), store, thumbprint()).value();
    CHECK(stored->ours());
    CHECK(stored->limited_to_code_signing());
}

TEST_CASE("endpoint: adding an entry creates no other keys than those of its store") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    REQUIRE(endpoint->store_writer().add(StoreName::trusted_publisher, entry()));
    CHECK(endpoint->registry().list("Microsoft\\SystemCertificates").value() ==
          KeyListing{{"TrustedPublisher"}, {}});
    CHECK(endpoint->registry().list("Microsoft\\SystemCertificates\\TrustedPublisher").value() ==
          KeyListing{{"Certificates"}, {}});
}

TEST_CASE("endpoint: an entry that is present is never replaced") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    const StoredCertificate present = marked_entry(certificate(), false);
    REQUIRE(endpoint->store_writer().add(StoreName::root, present));
    const auto before = endpoint->registry().get(key_of_entry(StoreName::root), "Blob").value();
    const auto added = endpoint->store_writer().add(StoreName::root, entry());
    REQUIRE(!added);
    CHECK(added.error().code == ErrorCode::busy);
    CHECK(endpoint->registry().get(key_of_entry(StoreName::root), "Blob").value() == before);
    CHECK(endpoint->store_writer().add(StoreName::trusted_publisher, entry()));
}

TEST_CASE("endpoint: an administrator's properties survive what is done to other entries and to this one") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    StoredCertificate theirs = marked_entry(certificate(), true);
    theirs.elements[2].value = to_utf16le_z("Update publisher, CHG0012345");
    theirs.elements.push_back({0x8000, bytes({1, 2, 3})}); // beyond CERT_FIRST_USER_PROP_ID
    REQUIRE(registry.set(key_of_entry(StoreName::root), "Blob", binary_value(encode_blob(theirs))));
    const Bytes other = self_signed({.subject = "CN=Another publisher"});
    REQUIRE(endpoint->store_writer().add(StoreName::root, marked_entry(other, false)));
    CHECK(endpoint->store_writer().add(StoreName::root, entry()).error().code == ErrorCode::busy);
    REQUIRE(endpoint->store_writer().remove(StoreName::root, thumbprint_of(other)));
    CHECK(holds(registry, StoreName::root, theirs));
    CHECK(!find_entry(registry, StoreName::root, thumbprint()).value()->ours());
}

TEST_CASE("endpoint: an entry of somebody else that is adopted gets mark and limit and keeps all else") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    StoredCertificate theirs = marked_entry(certificate(), false);
    theirs.elements[1].value = to_utf16le_z("Update publisher, CHG0012345");
    theirs.elements.insert(theirs.elements.begin() + 1, {0x8000, bytes({1, 2, 3})});
    REQUIRE(registry.set(key_of_entry(StoreName::root), "Blob", binary_value(encode_blob(theirs))));
    REQUIRE(endpoint->store_writer().adopt(StoreName::root, thumbprint(), true));
    const auto adopted = find_entry(registry, StoreName::root, thumbprint()).value();
    REQUIRE(adopted);
    CHECK(adopted->ours());
    CHECK(adopted->limited_to_code_signing());
    CHECK(is_entry(adopted, {{theirs.elements[0], theirs.elements[1], theirs.elements.back()}}));
    CHECK(endpoint->store_writer().add(StoreName::root, entry()).error().code == ErrorCode::busy);
    REQUIRE(endpoint->store_writer().remove(StoreName::root, thumbprint()));
    CHECK(registry.list(key_of_entry(StoreName::root)).value() == std::nullopt);
}

TEST_CASE("endpoint: what is not there, or no certificate, is not adopted") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    const auto adopt = [&] { return endpoint->store_writer().adopt(StoreName::root, thumbprint(), true); };
    CHECK(adopt().error().code == ErrorCode::not_found);
    REQUIRE(endpoint->registry().set(key_of_entry(StoreName::root), "Blob", binary_value(Bytes(7))));
    CHECK(adopt().error().code == ErrorCode::not_found);
    CHECK(endpoint->registry().get(key_of_entry(StoreName::root), "Blob").value() == binary_value(Bytes(7)));
}

TEST_CASE("endpoint: what is no certificate under its thumbprint is replaced by an entry") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    StoredCertificate another = marked_entry(self_signed({.subject = "CN=Another publisher"}), false);
    StoredCertificate wrong_hash = entry();
    wrong_hash.elements.front().value.front() ^= std::byte{1};
    const Bytes whole = encode_blob(entry());
    const RegistryValue damaged = GENERATE_COPY(
        binary_value({}), binary_value(Bytes(7)), binary_value(ByteView(whole).first(whole.size() - 1)),
        binary_value(encode_blob(another)), binary_value(encode_blob(wrong_hash)), string_value("text"),
        RegistryValue{reg_sz, whole}, dword_value(1));
    INFO(describe(damaged));
    REQUIRE(endpoint->registry().set(key_of_entry(StoreName::root), "Blob", damaged));
    REQUIRE(endpoint->store_writer().add(StoreName::root, entry()));
    CHECK(holds(endpoint->registry(), StoreName::root, entry()));
    CHECK(endpoint->registry().get(key_of_entry(StoreName::root), "Blob").value()->type == reg_binary);
}

TEST_CASE("endpoint: a copy from Group Policy or the enterprise neither hinders an entry nor goes with it") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    Registry& registry = endpoint->registry();
    const Location location = GENERATE(Location::group_policy, Location::enterprise);
    const std::string copy = certificates_key(StoreName::root, location) + "\\" + to_string(thumbprint());
    const RegistryValue blob = binary_value(encode_blob(marked_entry(certificate(), false)));
    REQUIRE(registry.set(copy, "Blob", blob));
    REQUIRE(endpoint->store_writer().add(StoreName::root, entry()));
    CHECK(holds(registry, StoreName::root, entry()));
    REQUIRE(endpoint->store_writer().remove(StoreName::root, thumbprint()));
    CHECK(registry.list(key_of_entry(StoreName::root)).value() == std::nullopt);
    CHECK(registry.get(copy, "Blob").value() == blob);
}

TEST_CASE("endpoint: an entry is removed with its key, and removing an absent one is done") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    REQUIRE(endpoint->store_writer().add(StoreName::root, entry()));
    REQUIRE(endpoint->registry().set(key_of_entry(StoreName::root), "Other", dword_value(1)));
    REQUIRE(endpoint->store_writer().remove(StoreName::root, thumbprint()));
    CHECK(endpoint->registry().list(key_of_entry(StoreName::root)).value() == std::nullopt);
    const std::string before = dump(endpoint->registry(), "");
    CHECK(endpoint->store_writer().remove(StoreName::root, thumbprint()));
    CHECK(endpoint->store_writer().remove(StoreName::auth_root, thumbprint()));
    CHECK(dump(endpoint->registry(), "") == before);
}

TEST_CASE("endpoint: of an entry whose key has a sub-key the certificate goes") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    REQUIRE(endpoint->store_writer().add(StoreName::root, entry()));
    REQUIRE(endpoint->registry().set(key_of_entry(StoreName::root) + "\\Sub", "Other", dword_value(1)));
    REQUIRE(endpoint->store_writer().remove(StoreName::root, thumbprint()));
    CHECK(endpoint->registry().get(key_of_entry(StoreName::root), "Blob").value() == std::nullopt);
    CHECK(endpoint->registry().get(key_of_entry(StoreName::root) + "\\Sub", "Other").value() ==
          dword_value(1));
}

TEST_CASE("endpoint: what names an entry but is no certificate of it can be removed") {
    const auto machine = any_machine();
    const auto endpoint = begun(machine);
    const Bytes other = self_signed({.subject = "CN=Another publisher"});
    StoredCertificate posing = marked_entry(other, false);
    posing.elements.front().value = to_bytes(thumbprint().bytes);
    const RegistryValue value =
        GENERATE_COPY(binary_value(Bytes(7)), binary_value(encode_blob(posing)), string_value("text"));
    REQUIRE(endpoint->registry().set(key_of_entry(StoreName::root), "Blob", value));
    REQUIRE(endpoint->store_writer().remove(StoreName::root, thumbprint()));
    CHECK(endpoint->registry().list(key_of_entry(StoreName::root)).value() == std::nullopt);
}
