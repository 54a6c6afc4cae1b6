#include "agent/endpoint/live_store_writer.h"

#include "agent/endpoint/live_key.h"
#include "agent/platform/windows/crypt_handle.h"
#include "common/base/utf.h"
#include "common/trust/registry_store_writer.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/scratch_machine.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace wta;
using namespace wta::test;

namespace {

const Bytes& certificate() {
    static const Bytes der = self_signed();
    return der;
}

struct Stores {
    ScratchMachine machine;
    LiveRegistry registry{machine.root(), LiveWrites::everything};
    LiveStoreWriter writer{registry};
};

// The certificates that CryptoAPI finds in Root, with one property of each.
std::vector<std::pair<Bytes, Bytes>> as_windows_reads(const LiveRoot& root, DWORD property) {
    const auto key = open_to_write(root, "Microsoft\\SystemCertificates\\Root", KEY_ALL_ACCESS).value();
    const platform::CertificateStore store(::CertOpenStore(
        CERT_STORE_PROV_REG, 0, 0, CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG, key.get()));
    std::vector<std::pair<Bytes, Bytes>> found;
    const CERT_CONTEXT* context = nullptr;
    while ((context = ::CertEnumCertificatesInStore(store.get(), context)) != nullptr) {
        DWORD size = 0;
        ::CertGetCertificateContextProperty(context, property, nullptr, &size);
        Bytes value(size);
        ::CertGetCertificateContextProperty(context, property, value.data(), &size);
        found.emplace_back(to_bytes(std::as_bytes(std::span(context->pbCertEncoded, context->cbCertEncoded))),
                           value);
    }
    return found;
}

} // namespace

TEST_CASE("what the codec writes, Windows reads: certificate, mark and usage limit") {
    Stores stores;
    const StoredCertificate entry = marked_entry(certificate(), true);
    REQUIRE(RegistryStoreWriter(stores.registry).add(StoreName::root, entry));
    using Found = std::vector<std::pair<Bytes, Bytes>>;
    CHECK(as_windows_reads(stores.machine.root(), CERT_FRIENDLY_NAME_PROP_ID) ==
          Found{{certificate(), to_utf16le_z(our_mark)}});
    CHECK(as_windows_reads(stores.machine.root(), CERT_ENHKEY_USAGE_PROP_ID) ==
          Found{{certificate(), entry.elements.at(1).value}});
}

TEST_CASE("what Windows writes, the codec reads: certificate, mark and usage limit") {
    Stores stores;
    REQUIRE(stores.writer.add(StoreName::root, marked_entry(certificate(), true)));
    const auto stored = find_entry(stores.registry, StoreName::root, thumbprint_of(certificate())).value();
    REQUIRE(stored);
    CHECK(to_bytes(stored->der()) == certificate());
    CHECK(stored->ours());
    CHECK(stored->limited_to_code_signing());
}

TEST_CASE("an entry without a usage limit gets none") {
    Stores stores;
    REQUIRE(stores.writer.add(StoreName::root, marked_entry(certificate(), false)));
    const auto stored = find_entry(stores.registry, StoreName::root, thumbprint_of(certificate())).value();
    REQUIRE(stored);
    CHECK(!stored->has_usage_property());
}

TEST_CASE("what Windows cannot read as a certificate reaches no store") {
    Stores stores;
    const auto added =
        stores.writer.add(StoreName::root, marked_entry(as_byte_view("no certificate"), false));
    REQUIRE(!added);
    CHECK(added.error().code == ErrorCode::invalid);
    CHECK(stores.registry.list("Microsoft").value() == KeyListing{});
}

TEST_CASE("keys of revocation and trust lists that were there before stay, with what is in them") {
    Stores stores;
    const std::string store = "Microsoft\\SystemCertificates\\Root";
    REQUIRE(stores.registry.set(store + "\\CRLs", "x", dword_value(1)));
    REQUIRE(stores.writer.add(StoreName::root, marked_entry(certificate(), false)));
    CHECK(stores.registry.get(store + "\\CRLs", "x").value() == dword_value(1));
    auto subkeys = stores.registry.list(store).value()->subkeys;
    std::ranges::sort(subkeys);
    CHECK(subkeys == std::vector<std::string>{"CRLs", "Certificates"});
}

TEST_CASE("removing an entry leaves another one with the same subject alone") {
    Stores stores;
    const Bytes renewed = self_signed({.not_after = reference_time + std::chrono::days{9 * 365}});
    REQUIRE(stores.writer.add(StoreName::root, marked_entry(certificate(), false)));
    REQUIRE(stores.writer.add(StoreName::root, marked_entry(renewed, false)));
    REQUIRE(stores.writer.remove(StoreName::root, thumbprint_of(certificate())));
    CHECK(stores.registry.list(certificates_key(StoreName::root, Location::machine)).value() ==
          KeyListing{{to_string(thumbprint_of(renewed))}, {}});
}

TEST_CASE("a registry that may not be written lets no entry in and none out") {
    Stores stores;
    const StoredCertificate entry = marked_entry(certificate(), false);
    REQUIRE(stores.writer.add(StoreName::root, entry));
    stores.registry.allow(LiveWrites::own_key);
    CHECK(stores.writer.add(StoreName::disallowed, entry).error().code == ErrorCode::access_denied);
    CHECK(stores.writer.remove(StoreName::root, thumbprint_of(certificate())).error().code ==
          ErrorCode::access_denied);
    CHECK(stores.registry.list("Microsoft\\SystemCertificates").value() == KeyListing{{"Root"}, {}});
    CHECK(find_entry(stores.registry, StoreName::root, thumbprint_of(certificate())).value());
}
