// Keys of the live registry, opened in the 64-bit view: to read as Windows reads, to write without following
// links.
#pragma once

#include "agent/endpoint/live_registry.h"
#include "common/base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <windows.h>

namespace wta {

struct CloseRegistryKey {
    using pointer = HKEY;
    void operator()(HKEY key) const { ::RegCloseKey(key); }
};
using RegistryKey = std::unique_ptr<HKEY, CloseRegistryKey>;

// "HKEY_LOCAL_MACHINE\SOFTWARE\key" in quotes, for messages.
[[nodiscard]] std::string describe_key(const LiveRoot& root, std::string_view key);

// The status means that there is no such key or value, or that it has just gone.
[[nodiscard]] bool is_absent(LSTATUS status);

// A name of a value; nothing for one that Win32 cannot ask for: no UTF-8, a NUL inside, longer than Windows'
// limit.
[[nodiscard]] std::optional<std::wstring> wide_value_name(std::string_view name);

// Follows links, as every reader does. Null: there is no such key. Errors: access_denied, io.
[[nodiscard]] Result<RegistryKey> open_to_read(const LiveRoot& root, std::string_view key);

// Below the root a symbolic link is refused (unusable): a write would land where the link points, and a
// removal would take that away. Null: there is no such key. Errors also: access_denied, io.
[[nodiscard]] Result<RegistryKey> open_to_write(const LiveRoot& root, std::string_view key, REGSAM access);

// The same, and creates the key and its parents. Errors also: invalid (a name that cannot be created).
[[nodiscard]] Result<RegistryKey> create_to_write(const LiveRoot& root, std::string_view key, REGSAM access);

// The key, or where there is none its nearest parent, may be written to. Errors: as of open_to_write().
[[nodiscard]] Result<void> check_writable(const LiveRoot& root, std::string_view key);

} // namespace wta
