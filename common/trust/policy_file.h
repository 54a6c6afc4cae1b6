// Reads a registry policy file, as Group Policy keeps them: what does it do to one value?
//
// [MS-GPREG] 2.2.1: the signature "PReg", version 1, then records [key;value;type;size;data] whose texts and
// punctuation are UTF-16LE. Such a file says what somebody wants, so it is evidence and never an order.
#pragma once

#include "common/base/bytes.h"
#include "common/ports/registry.h"

#include <optional>
#include <string_view>

namespace wta {

// Larger than any that is used; a larger one is not read.
inline constexpr std::size_t max_policy_file = 16 * 1024 * 1024; // bytes

// What a file does to one value.
struct PolicyFileSetting {
    std::optional<RegistryValue> value; // nothing: it removes the value
    bool operator==(const PolicyFileSetting&) const = default;
};

// `key` as the file spells it, below HKEY_LOCAL_MACHINE; ASCII, like `name`, and compared without regard to
// case. The last record that concerns the value counts. Nothing: the file does not mention it. Strict and in
// one pass, whatever the bytes are. Errors: invalid (no such file as a whole), too_large.
[[nodiscard]] Result<std::optional<PolicyFileSetting>>
find_in_policy_file(ByteView file, std::string_view key, std::string_view name);

} // namespace wta
