// The registry below HKLM\SOFTWARE, 64-bit view, of one endpoint: the only thing that `observe` sees of the
// world.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

// [MS-RRP] / winnt.h: REG_NONE 0, REG_SZ 1, REG_EXPAND_SZ 2, REG_BINARY 3, REG_DWORD 4, REG_DWORD_BIG_ENDIAN
// 5, REG_LINK 6, REG_MULTI_SZ 7, REG_QWORD 11.
inline constexpr std::uint32_t reg_sz = 1;
inline constexpr std::uint32_t reg_binary = 3;
inline constexpr std::uint32_t reg_dword = 4;
inline constexpr std::uint32_t reg_qword = 11;

struct RegistryValue {
    std::uint32_t type = 0; // any number that is stored, known or not
    Bytes data;             // as stored; may be empty or of a length that does not suit the type
    bool operator==(const RegistryValue&) const = default;
};

[[nodiscard]] RegistryValue dword_value(std::uint32_t number);
[[nodiscard]] RegistryValue string_value(std::string_view utf8);
[[nodiscard]] RegistryValue binary_value(ByteView data);
// The number of a REG_DWORD of exactly 4 bytes; the text of a REG_SZ; otherwise nothing.
[[nodiscard]] std::optional<std::uint32_t> as_dword(const RegistryValue& value);
[[nodiscard]] std::optional<std::string> as_string(const RegistryValue& value);
// For people: "REG_DWORD 1", "REG_SZ \"1\"", "REG_QWORD 1", "REG_BINARY, 12 bytes".
[[nodiscard]] std::string describe(const RegistryValue& value);

struct KeyListing {
    std::vector<std::string> subkeys; // names as stored, in the order of the endpoint
    std::vector<std::string> values;
    bool operator==(const KeyListing&) const = default;
};

// Key paths are relative to HKLM\SOFTWARE, parts separated by '\', compared without regard to case.
// Absent is nothing, never an error; a value of an unexpected type is the caller's business.
// Errors of every method: access_denied, read_only, exhausted, unusable, io.
class Registry {
public:
    virtual ~Registry() = default;

    // The value `name` of `key`; nothing when the key or the value does not exist.
    virtual Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) = 0;

    // Sets one value, creating the key and its parents. Replaces a value of any type. too_large: more than
    // the endpoint can hold (image: 16,000 bytes). invalid: a name that cannot be written.
    virtual Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) = 0;

    // Removes one value; done when it did not exist.
    virtual Result<void> erase(std::string_view key, std::string_view name) = 0;

    // Removes a key that has no sub-keys, with its values; done when it did not exist. `invalid` when it has
    // sub-keys.
    virtual Result<void> erase_key(std::string_view key) = 0;

    // Names of sub-keys and values; nothing when the key does not exist.
    virtual Result<std::optional<KeyListing>> list(std::string_view key) = 0;
};

} // namespace wta
