#include "agent/endpoint/live_key.h"

#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"
#include "common/base/utf.h"
#include "common/ports/registry_path.h"

#include <span>
#include <vector>

namespace wta {
namespace {

// Microsoft, "Registry element size limits", in UTF-16 units.
constexpr std::size_t longest_key_name = 255;
constexpr std::size_t longest_value_name = 16'383;

using KeyPath = std::vector<std::wstring>;

HKEY hive_of(const LiveRoot& root) {
    switch (root.hive) {
    case LiveRoot::Hive::local_machine: return HKEY_LOCAL_MACHINE;
    case LiveRoot::Hive::current_user: return HKEY_CURRENT_USER;
    }
    std::unreachable();
}

std::optional<std::wstring> wide_name(std::string_view name, std::size_t longest) {
    if (!is_valid_utf8(name) || name.find('\0') != std::string_view::npos) return std::nullopt;
    std::wstring wide = platform::to_wide(name);
    if (wide.size() > longest) return std::nullopt;
    return wide;
}

std::optional<KeyPath> wide_path(std::string_view key) {
    KeyPath path;
    for (const std::string_view part : split_key_path(key)) {
        auto wide = wide_name(part, longest_key_name);
        if (!wide) return std::nullopt;
        path.push_back(*std::move(wide));
    }
    return path;
}

std::unexpected<Error> open_failed(const LiveRoot& root, std::string_view key, LSTATUS status) {
    return platform::windows_failure("open key " + describe_key(root, key),
                                     static_cast<unsigned long>(status));
}

LSTATUS open_below(HKEY parent, const std::wstring& path, DWORD options, REGSAM access, RegistryKey& opened) {
    HKEY key = nullptr;
    const LSTATUS status = ::RegOpenKeyExW(parent, path.c_str(), options, access | KEY_WOW64_64KEY, &key);
    if (status == ERROR_SUCCESS) opened.reset(key);
    return status;
}

// ERROR_ALREADY_EXISTS: somebody else has just created it, maybe as a link.
LSTATUS create_below(HKEY parent, const std::wstring& name, REGSAM access, RegistryKey& created) {
    HKEY key = nullptr;
    DWORD disposition = 0;
    const LSTATUS status = ::RegCreateKeyExW(parent, name.c_str(), 0, nullptr, REG_OPTION_NON_VOLATILE,
                                             access | KEY_WOW64_64KEY, nullptr, &key, &disposition);
    if (status != ERROR_SUCCESS) return status;
    created.reset(key);
    return disposition == REG_CREATED_NEW_KEY ? ERROR_SUCCESS : ERROR_ALREADY_EXISTS;
}

// A key that was opened with REG_OPTION_OPEN_LINK and is a link shows where it leads.
bool is_link(HKEY key) {
    DWORD type = REG_NONE;
    return ::RegQueryValueExW(key, L"SymbolicLinkValue", nullptr, &type, nullptr, nullptr) == ERROR_SUCCESS &&
           type == REG_LINK;
}

enum class Missing { stays_missing, is_created };

// One part after the other, because REG_OPTION_OPEN_LINK concerns the last part of a path only.
// ERROR_CANT_RESOLVE_FILENAME: there is a link on the way.
LSTATUS walk(HKEY hive, const std::wstring& root, std::span<const std::wstring> parts, REGSAM access,
             Missing missing, RegistryKey& opened) {
    LSTATUS status =
        open_below(hive, root, 0, parts.empty() ? access | KEY_QUERY_VALUE : KEY_QUERY_VALUE, opened);
    for (std::size_t i = 0; i < parts.size() && status == ERROR_SUCCESS; ++i) {
        const REGSAM wanted = i + 1 == parts.size() ? access | KEY_QUERY_VALUE : KEY_QUERY_VALUE;
        const RegistryKey parent = std::move(opened);
        status = open_below(parent.get(), parts[i], REG_OPTION_OPEN_LINK, wanted, opened);
        if (status == ERROR_FILE_NOT_FOUND && missing == Missing::is_created)
            status = create_below(parent.get(), parts[i], wanted, opened);
        else if (status == ERROR_SUCCESS && is_link(opened.get()))
            status = ERROR_CANT_RESOLVE_FILENAME;
    }
    return status;
}

Result<RegistryKey> open_unlinked(const LiveRoot& root, std::string_view key,
                                  std::span<const std::wstring> parts, REGSAM access, Missing missing) {
    constexpr int attempts = 3; // somebody else may create or remove the same keys meanwhile
    LSTATUS status = ERROR_SUCCESS;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        RegistryKey opened;
        status = walk(hive_of(root), platform::to_wide(root.path), parts, access, missing, opened);
        if (status == ERROR_SUCCESS) return opened;
        if (is_absent(status) && missing == Missing::stays_missing) return RegistryKey();
        if (status == ERROR_CANT_RESOLVE_FILENAME)
            return fail(ErrorCode::unusable,
                        "key " + describe_key(root, key) +
                            " is, or lies below, a symbolic link to another key; nothing "
                            "is written through it. Remove the link");
        if (!is_absent(status) && status != ERROR_ALREADY_EXISTS) break;
    }
    return open_failed(root, key, status);
}

} // namespace

std::string describe_key(const LiveRoot& root, std::string_view key) {
    std::string path =
        root.hive == LiveRoot::Hive::local_machine ? "HKEY_LOCAL_MACHINE" : "HKEY_CURRENT_USER";
    path += "\\" + root.path;
    if (!key.empty()) path.append("\\").append(key);
    return "\"" + printable(path) + "\"";
}

bool is_absent(LSTATUS status) {
    return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND || status == ERROR_KEY_DELETED;
}

std::optional<std::wstring> wide_value_name(std::string_view name) {
    return wide_name(name, longest_value_name);
}

Result<RegistryKey> open_to_read(const LiveRoot& root, std::string_view key) {
    const auto parts = wide_path(key);
    if (!parts) return RegistryKey();
    std::wstring path = platform::to_wide(root.path);
    for (const std::wstring& part : *parts) path += L'\\' + part;
    RegistryKey opened;
    const LSTATUS status = open_below(hive_of(root), path, 0, KEY_READ, opened);
    if (status != ERROR_SUCCESS && !is_absent(status)) return open_failed(root, key, status);
    return opened;
}

Result<RegistryKey> open_to_write(const LiveRoot& root, std::string_view key, REGSAM access) {
    const auto parts = wide_path(key);
    if (!parts) return RegistryKey();
    return open_unlinked(root, key, *parts, access, Missing::stays_missing);
}

Result<RegistryKey> create_to_write(const LiveRoot& root, std::string_view key, REGSAM access) {
    const auto parts = wide_path(key);
    if (!parts)
        return fail(ErrorCode::invalid,
                    "key " + describe_key(root, key) + " has a name that cannot be created");
    return open_unlinked(root, key, *parts, access, Missing::is_created);
}

Result<void> check_writable(const LiveRoot& root, std::string_view key) {
    const auto parts = wide_path(key).value_or(KeyPath());
    for (std::size_t length = parts.size();; --length) {
        const REGSAM access =
            length == parts.size() ? KEY_SET_VALUE | KEY_CREATE_SUB_KEY : KEY_CREATE_SUB_KEY;
        const auto opened =
            open_unlinked(root, key, std::span(parts).first(length), access, Missing::stays_missing);
        if (!opened) return std::unexpected(opened.error());
        if (*opened) return {};
        if (length == 0) return open_failed(root, "", ERROR_FILE_NOT_FOUND);
    }
}

} // namespace wta
