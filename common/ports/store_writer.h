// Adds, marks and removes certificates in the machine's own location of one endpoint's stores.
#pragma once

#include "common/base/result.h"
#include "common/certificate/digest.h"
#include "common/certificate/store_name.h"
#include "common/certificate/stored_certificate.h"

namespace wta {

class StoreWriter {
public:
    virtual ~StoreWriter() = default;

    // Adds the entry under its thumbprint in one write: mark, usage limit and certificate together. Never
    // replaces an entry that decodes (busy); an undecodable one is no certificate and is overwritten. Errors:
    // busy, access_denied, read_only, too_large, invalid, exhausted, unusable, io.
    virtual Result<void> add(StoreName store, const StoredCertificate& entry) = 0;

    // Makes an entry of somebody else ours in one write of its Blob: our mark, and the limit to Code Signing
    // when asked for. The certificate and every other property stay. Errors: not_found (no certificate stands
    // there under that thumbprint), access_denied, read_only, too_large, invalid, exhausted, unusable, io.
    virtual Result<void> adopt(StoreName store, const Thumbprint& thumbprint, bool limit_to_code_signing) = 0;

    // Removes the entry; done when it did not exist. Errors: access_denied, read_only, invalid, exhausted,
    // unusable, io.
    virtual Result<void> remove(StoreName store, const Thumbprint& thumbprint) = 0;
};

} // namespace wta
