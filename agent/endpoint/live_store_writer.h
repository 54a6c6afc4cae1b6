// Adds, marks and removes certificates of the machine that the program runs on, through CryptoAPI.
#pragma once

#include "agent/endpoint/live_registry.h"
#include "common/ports/store_writer.h"

namespace wta {

// Works on the single physical store in the registry (CERT_STORE_PROV_SYSTEM_REGISTRY_W), never on the union
// that a store of Windows is: copies from Group Policy are neither seen nor removed here. Everything that
// CryptoAPI says it did is looked for in the registry afterwards. Further errors: invalid (CryptoAPI cannot
// read the certificate).
class LiveStoreWriter : public StoreWriter {
public:
    // `registry` must outlive the writer; what may be written through it may be written here.
    explicit LiveStoreWriter(LiveRegistry& registry) : registry_(registry) {}

    Result<void> add(StoreName store, const StoredCertificate& entry) override;

    // Past CryptoAPI, which writes an entry anew for each property that is set.
    Result<void> adopt(StoreName store, const Thumbprint& thumbprint, bool limit_to_code_signing) override;

    // Removes the entry's key with all its values; where a sub-key stands in the way, the value that makes it
    // a certificate.
    Result<void> remove(StoreName store, const Thumbprint& thumbprint) override;

private:
    LiveRegistry& registry_;
};

} // namespace wta
