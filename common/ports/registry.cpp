#include "common/ports/registry.h"

#include "common/base/utf.h"

#include <array>

namespace wta {
namespace {

constexpr std::array<std::string_view, 12> type_names{"REG_NONE",
                                                      "REG_SZ",
                                                      "REG_EXPAND_SZ",
                                                      "REG_BINARY",
                                                      "REG_DWORD",
                                                      "REG_DWORD_BIG_ENDIAN",
                                                      "REG_LINK",
                                                      "REG_MULTI_SZ",
                                                      "REG_RESOURCE_LIST",
                                                      "REG_FULL_RESOURCE_DESCRIPTOR",
                                                      "REG_RESOURCE_REQUIREMENTS_LIST",
                                                      "REG_QWORD"};

std::string type_name(std::uint32_t type) {
    if (type < type_names.size()) return std::string(type_names[type]);
    return "type " + std::to_string(type);
}

std::optional<std::uint64_t> as_qword(const RegistryValue& value) {
    if (value.type != reg_qword || value.data.size() != 8) return std::nullopt;
    const std::uint64_t high = *read_u32le(value.data, 4);
    return (high << 32U) | *read_u32le(value.data, 0);
}

} // namespace

RegistryValue dword_value(std::uint32_t number) {
    RegistryValue value{.type = reg_dword, .data = {}};
    append_u32le(value.data, number);
    return value;
}

RegistryValue string_value(std::string_view utf8) { return {.type = reg_sz, .data = to_utf16le_z(utf8)}; }

RegistryValue binary_value(ByteView data) { return {.type = reg_binary, .data = to_bytes(data)}; }

std::optional<std::uint32_t> as_dword(const RegistryValue& value) {
    if (value.type != reg_dword || value.data.size() != 4) return std::nullopt;
    return read_u32le(value.data, 0);
}

std::optional<std::string> as_string(const RegistryValue& value) {
    if (value.type != reg_sz) return std::nullopt;
    return from_utf16le(value.data);
}

std::string describe(const RegistryValue& value) {
    const std::string type = type_name(value.type);
    if (const auto number = as_dword(value)) return type + " " + std::to_string(*number);
    if (const auto number = as_qword(value)) return type + " " + std::to_string(*number);
    if (const auto text = as_string(value)) return type + " \"" + printable(*text) + "\"";
    return type + ", " + std::to_string(value.data.size()) + (value.data.size() == 1 ? " byte" : " bytes");
}

} // namespace wta
