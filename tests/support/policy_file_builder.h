// Registry policy files as Group Policy writes them, [MS-GPREG] 2.2.1, put together by hand.
#pragma once

#include "common/base/utf.h"
#include "common/ports/registry.h"
#include "common/trust/observed_state.h"

#include <string>
#include <string_view>
#include <vector>

namespace wta::test {

inline constexpr std::string_view policy_file_key = R"(SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate)";

struct PolicyRecord {
    std::string key{policy_file_key};
    std::string name{policy_value_name};
    RegistryValue value = dword_value(1);
};

[[nodiscard]] inline Bytes policy_file(const std::vector<PolicyRecord>& records) {
    Bytes file = to_bytes(as_byte_view("PReg"));
    append_u32le(file, 1);
    const auto append = [&file](ByteView more) { file.insert(file.end(), more.begin(), more.end()); };
    const auto mark = [&append](char punctuation) {
        append(std::array{static_cast<std::byte>(punctuation), std::byte{0}});
    };
    for (const PolicyRecord& record : records) {
        mark('[');
        append(to_utf16le_z(record.key));
        mark(';');
        append(to_utf16le_z(record.name));
        mark(';');
        append_u32le(file, record.value.type);
        mark(';');
        append_u32le(file, static_cast<std::uint32_t>(record.value.data.size()));
        mark(';');
        append(record.value.data);
        mark(']');
    }
    return file;
}

// Sets AcceptTrustedPublisherCerts, and other values around it.
[[nodiscard]] inline Bytes policy_file_with(std::uint32_t number) {
    return policy_file({{.name = "WUServer", .value = string_value("https://wsus.example.com:8531")},
                        {.value = dword_value(number)},
                        {.key = R"(Software\Policies\Contoso)", .name = "Other"}});
}

} // namespace wta::test
