// The registry value `Blob` of a certificate store entry (MS-GPEF 2.2.2.1.1, MS-OSHARED 2.3.3): properties
// and the certificate.
//
// Elements until the end: property id u32le | 1 u32le | length u32le | bytes. Element 0x20 is the
// certificate's DER.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/certificate/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

struct StoredCertificate {
    struct Element {
        std::uint32_t property_id = 0;
        Bytes value;
        bool operator==(const Element&) const = default;
    };
    std::vector<Element> elements; // as stored, in order; exactly one is the certificate

    [[nodiscard]] ByteView der() const;
    [[nodiscard]] std::optional<std::string> friendly_name() const; // property 11
    [[nodiscard]] std::optional<std::vector<std::string>>
    usage_oids() const; // property 9; nothing: no such property or not decodable
    [[nodiscard]] bool has_usage_property() const;
    [[nodiscard]] bool usage_allows_code_signing() const; // true without the property
    [[nodiscard]] bool limited_to_code_signing() const;   // property 9 is exactly {Code Signing}
    [[nodiscard]] bool ours() const;                      // friendly name == our_mark
    bool operator==(const StoredCertificate&) const = default;
};

// Does Windows load an entry that is stored in the key of that name? It compares the name with the SHA-1
// property, and only without one with the certificate itself (Wine's tests of crypt32, which also run on
// Windows, show it). So a certificate can be trusted under a name that is not its own.
[[nodiscard]] bool loads_under(std::string_view key_name, const StoredCertificate& stored);

// The same, and the name is the certificate's own: the only place where everybody finds it.
[[nodiscard]] bool stands_under(const Thumbprint& thumbprint, const StoredCertificate& stored);

// The friendly name of every entry that we add: ours <=> marked.
inline constexpr std::string_view our_mark = "wsus-trust-agent";

// Errors: invalid (a length beyond the end, a second or no certificate element, an element whose second word
// is not 1).
[[nodiscard]] Result<StoredCertificate> decode_blob(ByteView blob);
[[nodiscard]] Bytes encode_blob(const StoredCertificate& stored);

// A new entry with our mark: SHA-1 (3), usage limit (9) when asked for, friendly name (11), certificate
// (0x20).
[[nodiscard]] StoredCertificate marked_entry(ByteView der, bool limit_to_code_signing);

// An entry of somebody else with our mark in place of its friendly name, and the usage limit in place of its
// own when asked for; every other element stays where it is.
[[nodiscard]] StoredCertificate adopted_entry(StoredCertificate stored, bool limit_to_code_signing);

} // namespace wta
