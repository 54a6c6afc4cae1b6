// Is this the one encoding that DER allows? OpenSSL reads BER and keeps the bytes of names as they came.
#pragma once

#include "common/base/bytes.h"

namespace wta {

// Exactly one element fills `bytes`; in it, at every depth, tags and lengths are definite and minimal,
// elements fill their parents exactly, strings are not in pieces, booleans are 0 or 255 (X.690 8.1,
// 10, 11.1). What stands inside octet strings is not looked at. Iterative and bounded: safe on anything.
[[nodiscard]] bool is_der(ByteView bytes);

} // namespace wta
