// Which stores of the local machine a trusted certificate belongs into.
#pragma once

#include "common/certificate/certificate.h"

namespace wta {

struct Placement {
    bool root = false; // self-signed only: a CA-issued one never enters Root
    bool trusted_publisher = true;
    bool limit_root_to_code_signing = false; // the Root entry carries CERT_ENHKEY_USAGE_PROP_ID
    bool operator==(const Placement&) const = default;
};

// A Root entry is limited when the certificate would be good for more than Code Signing (no EKU, a CA, other
// usages) unless `restrict_usage` is false.
[[nodiscard]] Placement place(const Certificate& certificate, bool restrict_usage);

} // namespace wta
