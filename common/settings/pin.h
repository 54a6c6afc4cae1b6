// Reads a certificate's SHA-256 as people type and paste it.
#pragma once

#include "common/base/result.h"
#include "common/certificate/digest.h"

#include <string_view>

namespace wta {

// Accepts either case, spaces or colons between bytes, and the invisible marks (U+200E, U+200F, U+200B,
// U+FEFF, U+202A…) that Windows' certificate dialog puts in front. Otherwise refuses with settings_invalid
// and says which it is: a SHA-1 thumbprint, an MD5, a wrong length, a character that is no digit.
[[nodiscard]] Result<Sha256> parse_pin(std::string_view text);

} // namespace wta
