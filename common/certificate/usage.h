// What a key may be used for, as dotted object identifiers (RFC 5280 4.2.1.12).
#pragma once

#include "common/base/bytes.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

inline constexpr std::string_view code_signing_oid = "1.3.6.1.5.5.7.3.3";
inline constexpr std::string_view any_usage_oid = "2.5.29.37.0";

// What people call it: "Code Signing" for 1.3.6.1.5.5.7.3.3; unknown ones stay dotted.
[[nodiscard]] std::string usage_name(std::string_view oid);

// The value of an extended key usage extension or of a store's usage property: a DER SEQUENCE of object
// identifiers and nothing behind it. Nothing when it is anything else.
[[nodiscard]] std::optional<std::vector<std::string>> decode_usages(ByteView der);

// The value of Microsoft's application policies extension (1.3.6.1.4.1.311.21.10), in the form of certificate
// policies.
[[nodiscard]] std::optional<std::vector<std::string>> decode_application_policies(ByteView der);

} // namespace wta
