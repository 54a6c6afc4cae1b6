// What kind of key and signature a certificate has, judged from their parameters; no signature is verified
// here.
#pragma once

#include "common/certificate/certificate.h"
#include "common/certificate/x509_access.h"

namespace wta {

[[nodiscard]] PublicKey public_key_of(const X509* x509);

[[nodiscard]] Signature signature_of(const X509* x509);

// False for keys whose use could cost seconds: above 8192 bits, or an elliptic curve that the key defines
// itself; and for keys that cannot be read.
[[nodiscard]] bool cheap_to_use(const EVP_PKEY* key);

} // namespace wta
