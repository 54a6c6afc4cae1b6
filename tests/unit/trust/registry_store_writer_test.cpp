#include "common/trust/registry_store_writer.h"

#include "tests/support/memory_registry.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;
using wta::test::MemoryRegistry;
using wta::test::RecordedWrite;

namespace {

// The writer never looks into a certificate, so any bytes will do.
const StoredCertificate entry = marked_entry(as_byte_view("a certificate"), false);
const std::string store_key = "Microsoft\\SystemCertificates\\Root\\Certificates\\";

std::string key_of(const StoredCertificate& stored) {
    return store_key + to_string(thumbprint_of(stored.der()));
}

} // namespace

TEST_CASE("an entry is one write of its Blob under the upper-case SHA-1 in the machine's own location") {
    MemoryRegistry registry;
    REQUIRE(RegistryStoreWriter(registry).add(StoreName::root, entry));
    REQUIRE(registry.writes().size() == 1);
    const RecordedWrite& write = registry.writes().front();
    CHECK(write ==
          RecordedWrite{RecordedWrite::Kind::set, key_of(entry), "Blob", binary_value(encode_blob(entry))});
}

TEST_CASE("adding never replaces an entry that is the certificate, whatever properties it has") {
    MemoryRegistry registry;
    const StoredCertificate present = marked_entry(as_byte_view("a certificate"), true);
    REQUIRE(registry.set(key_of(entry), "Blob", binary_value(encode_blob(present))));
    registry.forget_writes();
    const auto added = RegistryStoreWriter(registry).add(StoreName::root, entry);
    REQUIRE(!added);
    CHECK(added.error().code == ErrorCode::busy);
    CHECK(registry.writes().empty());
}

TEST_CASE("another certificate under this one's key, or one with a wrong SHA-1 property, is overwritten") {
    MemoryRegistry registry;
    StoredCertificate present = marked_entry(as_byte_view("another one"), false);
    if (GENERATE(false, true)) {
        present = entry;
        present.elements.front().value.front() ^= std::byte{1};
    }
    REQUIRE(registry.set(key_of(entry), "Blob", binary_value(encode_blob(present))));
    REQUIRE(RegistryStoreWriter(registry).add(StoreName::root, entry));
    CHECK(registry.get(key_of(entry), "Blob").value() == binary_value(encode_blob(entry)));
}

TEST_CASE("an entry that does not decode is no certificate and is overwritten") {
    MemoryRegistry registry;
    const RegistryValue garbage = GENERATE(binary_value({}), binary_value(as_byte_view("garbage")),
                                           string_value("text"), (RegistryValue{reg_sz, encode_blob(entry)}));
    REQUIRE(registry.set(key_of(entry), "Blob", garbage));
    REQUIRE(RegistryStoreWriter(registry).add(StoreName::root, entry));
    CHECK(registry.get(key_of(entry), "Blob").value() == binary_value(encode_blob(entry)));
}

TEST_CASE("removing takes the key with all its values and leaves the other entries") {
    MemoryRegistry registry;
    const StoredCertificate other = marked_entry(as_byte_view("another one"), false);
    RegistryStoreWriter writer(registry);
    REQUIRE(writer.add(StoreName::root, entry));
    REQUIRE(writer.add(StoreName::root, other));
    REQUIRE(registry.set(key_of(entry), "Note", string_value("by an administrator")));
    REQUIRE(writer.remove(StoreName::root, thumbprint_of(entry.der())));
    CHECK(registry.list(key_of(entry)).value() == std::nullopt);
    CHECK(registry.get(key_of(other), "Blob").value().has_value());
}

TEST_CASE("removing what is not there is done and writes nothing") {
    MemoryRegistry registry;
    CHECK(RegistryStoreWriter(registry).remove(StoreName::root, thumbprint_of(entry.der())));
    CHECK(registry.writes().empty());
}

TEST_CASE("a sub-key under an entry does not save its certificate from removal") {
    MemoryRegistry registry;
    RegistryStoreWriter writer(registry);
    REQUIRE(writer.add(StoreName::root, entry));
    REQUIRE(registry.set(key_of(entry) + "\\obstacle", "x", dword_value(1)));
    REQUIRE(writer.remove(StoreName::root, thumbprint_of(entry.der())));
    CHECK(registry.get(key_of(entry), "Blob").value() == std::nullopt);
}

TEST_CASE("an error of the registry reaches the caller of the store writer and nothing is written") {
    MemoryRegistry registry;
    RegistryStoreWriter writer(registry);
    const Error denied{ErrorCode::access_denied, "no", 5, std::nullopt};
    const int nth = GENERATE(1, 2);
    registry.fail_call(nth, denied);
    const auto added = writer.add(StoreName::root, entry);
    REQUIRE(!added);
    CHECK(added.error() == denied);
    registry.fail_call(1, denied);
    const auto removed = writer.remove(StoreName::root, thumbprint_of(entry.der()));
    REQUIRE(!removed);
    CHECK(removed.error() == denied);
    CHECK(registry.writes().empty());
}

TEST_CASE("adopting an entry is one write of its Blob") {
    MemoryRegistry registry;
    const StoredCertificate theirs{{{0x8000, Bytes(3)}, {0x20, to_bytes(entry.der())}}};
    REQUIRE(registry.set(key_of(entry), "Blob", binary_value(encode_blob(theirs))));
    registry.forget_writes();
    REQUIRE(RegistryStoreWriter(registry).adopt(StoreName::root, thumbprint_of(entry.der()), true));
    REQUIRE(registry.writes().size() == 1);
    CHECK(registry.writes().front() == RecordedWrite{RecordedWrite::Kind::set, key_of(entry), "Blob",
                                                     binary_value(encode_blob(adopted_entry(theirs, true)))});
}

TEST_CASE("what is no certificate under that thumbprint is not adopted, and nothing is written") {
    MemoryRegistry registry;
    if (GENERATE(false, true)) REQUIRE(registry.set(key_of(entry), "Blob", binary_value(Bytes(7))));
    registry.forget_writes();
    const auto adopted =
        RegistryStoreWriter(registry).adopt(StoreName::root, thumbprint_of(entry.der()), true);
    REQUIRE(!adopted);
    CHECK(adopted.error().code == ErrorCode::not_found);
    CHECK(registry.writes().empty());
}
