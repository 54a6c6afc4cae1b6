// Gets the bytes of one certificate out of what was published, before anybody vouched for them.
//
// Looks at text markers and at the first few bytes only: no ASN.1 parser sees the input here, so that the
// digest can be compared with the pin first.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace wta {

// A certificate above this is refused: a registry value on an image cannot hold much more.
inline constexpr std::size_t max_certificate_size = 15'000;

// As much text as OpenSSL writes around the PEM form of the largest certificate, with a margin.
inline constexpr std::size_t max_input_size = 128 * 1024;

// The DER bytes: the input itself, or the Base64 of the single PEM block CERTIFICATE (RFC 7468; text around
// it is allowed, as OpenSSL writes it). Refuses with empty_input, too_large, not_exactly_one (two PEM
// certificates), private_key_in_input (any PEM block of a private key, or a bare DER private key),
// trailing_bytes (the outer length is shorter than the input: DER+DER, DER+newline), pkcs7_container (DER or
// PEM), pfx_container, utf16_text, bare_base64, not_a_certificate (a web page, a truncated DER, anything
// else). What to do about each stands in the table of reason codes.
[[nodiscard]] Result<Bytes> unwrap_certificate(ByteView input);

} // namespace wta
