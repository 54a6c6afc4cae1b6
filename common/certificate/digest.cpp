#include "common/certificate/digest.h"

#include "common/base/hex.h"

#include <openssl/sha.h>

#include <algorithm>

namespace wta {
namespace {

template <class Digest>
std::optional<Digest> digest_from_hex(std::string_view text) {
    Digest digest;
    const auto bytes = from_hex(text);
    if (!bytes || bytes->size() != digest.bytes.size()) return std::nullopt;
    std::ranges::copy(*bytes, digest.bytes.begin());
    return digest;
}

} // namespace

Sha256 sha256_of(ByteView bytes) {
    Sha256 digest;
    ::SHA256(as_uchar(bytes), bytes.size(), reinterpret_cast<unsigned char*>(digest.bytes.data()));
    return digest;
}

Thumbprint thumbprint_of(ByteView bytes) {
    Thumbprint digest;
    ::SHA1(as_uchar(bytes), bytes.size(), reinterpret_cast<unsigned char*>(digest.bytes.data()));
    return digest;
}

std::string to_string(const Sha256& digest) { return to_hex_lower(digest.bytes); }

std::string to_string(const Thumbprint& thumbprint) { return to_hex_upper(thumbprint.bytes); }

std::optional<Sha256> sha256_from_hex(std::string_view text) { return digest_from_hex<Sha256>(text); }

std::optional<Thumbprint> thumbprint_from_hex(std::string_view text) {
    return digest_from_hex<Thumbprint>(text);
}

} // namespace wta
