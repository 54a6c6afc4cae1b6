// Writes certificate store entries as the registry values that they are on disk.
//
// For endpoints without a CryptoAPI: images, and memory in tests.
#pragma once

#include "common/ports/registry.h"
#include "common/ports/store_writer.h"

namespace wta {

// The key of an entry in the machine's own location.
[[nodiscard]] std::string entry_key(StoreName store, const Thumbprint& thumbprint);

// What its Blob holds; nothing when there is none, or when it is not the certificate of that thumbprint: that
// is no entry that anybody would miss. Errors: those of the registry.
[[nodiscard]] Result<std::optional<StoredCertificate>> find_entry(Registry& registry, StoreName store,
                                                                  const Thumbprint& thumbprint);

// The refusal to replace an entry (busy).
[[nodiscard]] std::unexpected<Error> already_present(StoreName store, const Thumbprint& thumbprint);

class RegistryStoreWriter : public StoreWriter {
public:
    // `registry` must outlive the writer.
    explicit RegistryStoreWriter(Registry& registry) : registry_(registry) {}

    // An entry whose certificate belongs under another thumbprint is no certificate here and is overwritten.
    Result<void> add(StoreName store, const StoredCertificate& entry) override;

    Result<void> adopt(StoreName store, const Thumbprint& thumbprint, bool limit_to_code_signing) override;

    // Removes the entry's key with all its values; where a sub-key stands in the way, the value that makes it
    // a certificate.
    Result<void> remove(StoreName store, const Thumbprint& thumbprint) override;

private:
    Registry& registry_;
};

} // namespace wta
