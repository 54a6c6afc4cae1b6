#include "agent/endpoint/live_registry.h"

#include "agent/endpoint/live_key.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"
#include "common/base/utf.h"
#include "common/ports/registry_path.h"
#include "common/trust/agent_state.h"

#include <algorithm>
#include <array>
#include <span>

namespace wta {
namespace {

constexpr std::size_t largest_value = std::size_t{64} * 1024 * 1024;
constexpr DWORD most_names = 100'000;
constexpr int attempts = 10; // at what somebody else changes at the same time

std::unexpected<Error> failed(std::string_view doing, LSTATUS status) {
    return platform::windows_failure(doing, static_cast<unsigned long>(status));
}

std::string value_in(const LiveRoot& root, std::string_view key, std::string_view name) {
    return "value \"" + printable(name) + "\" of key " + describe_key(root, key);
}

std::unexpected<Error> cannot_be_called(std::string_view name) {
    return fail(ErrorCode::invalid, "a value cannot be called \"" + printable(name) + "\"");
}

// ERROR_MORE_DATA: it grew with each attempt. ERROR_FILE_TOO_LARGE: nobody wants that much.
LSTATUS query_value(HKEY key, const std::wstring& name, RegistryValue& value) {
    value.data.resize(4'096);
    LSTATUS status = ERROR_MORE_DATA;
    for (int attempt = 0; attempt < attempts && status == ERROR_MORE_DATA; ++attempt) {
        DWORD type = REG_NONE;
        auto size = static_cast<DWORD>(value.data.size());
        status = ::RegQueryValueExW(key, name.c_str(), nullptr, &type,
                                    reinterpret_cast<BYTE*>(value.data.data()), &size);
        if (status == ERROR_MORE_DATA && size > largest_value) return ERROR_FILE_TOO_LARGE;
        if (status == ERROR_SUCCESS || status == ERROR_MORE_DATA) value.data.resize(size);
        value.type = type;
    }
    return status;
}

// RegSetValueExW adds a terminator to text that ends without one when it finds one behind the end, and for a
// single byte it looks for it before the beginning: what it finds must be such that the bytes stay as they
// are.
class GuardedData {
public:
    explicit GuardedData(ByteView data) : size_(static_cast<DWORD>(data.size())), buffer_(guard) {
        buffer_.insert(buffer_.end(), data.begin(), data.end());
        buffer_.insert(buffer_.end(), guard * 2, std::byte{0xFF});
    }
    [[nodiscard]] const BYTE* data() const { return reinterpret_cast<const BYTE*>(buffer_.data() + guard); }
    [[nodiscard]] DWORD size() const { return size_; }

private:
    static constexpr std::size_t guard = sizeof(wchar_t);
    DWORD size_;
    Bytes buffer_;
};

struct KeyState {
    DWORD subkeys = 0;
    DWORD values = 0;
    FILETIME written{};
};

LSTATUS query_key(HKEY key, KeyState& state) {
    return ::RegQueryInfoKeyW(key, nullptr, nullptr, nullptr, &state.subkeys, nullptr, nullptr, &state.values,
                              nullptr, nullptr, nullptr, &state.written);
}

LSTATUS list_subkeys(HKEY key, std::vector<std::string>& names) {
    std::array<wchar_t, 512> name{}; // twice what a name may have
    for (DWORD index = 0; index < most_names; ++index) {
        auto length = static_cast<DWORD>(name.size());
        const LSTATUS status =
            ::RegEnumKeyExW(key, index, name.data(), &length, nullptr, nullptr, nullptr, nullptr);
        if (status == ERROR_NO_MORE_ITEMS) return ERROR_SUCCESS;
        if (status != ERROR_SUCCESS) return status;
        names.push_back(platform::from_wide({name.data(), length}));
    }
    return ERROR_FILE_TOO_LARGE;
}

LSTATUS list_values(HKEY key, std::vector<std::string>& names) {
    std::wstring name(16'384, L'\0'); // the longest name and its end
    for (DWORD index = 0; index < most_names; ++index) {
        auto length = static_cast<DWORD>(name.size());
        const LSTATUS status =
            ::RegEnumValueW(key, index, name.data(), &length, nullptr, nullptr, nullptr, nullptr);
        if (status == ERROR_NO_MORE_ITEMS) return ERROR_SUCCESS;
        if (status != ERROR_SUCCESS) return status;
        names.push_back(platform::from_wide({name.data(), length}));
    }
    return ERROR_FILE_TOO_LARGE;
}

void add_names(std::vector<std::string>& names, std::vector<std::string> more) {
    std::ranges::move(more, std::back_inserter(names));
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
}

// A name that comes or goes while its neighbours are counted can hide one of them: then the list is taken
// again, and holds what was seen in any round. What has gone by then reads as absent.
LSTATUS list_key(HKEY key, KeyListing& listing) {
    LSTATUS status = ERROR_SUCCESS;
    for (int attempt = 0; attempt < attempts && status == ERROR_SUCCESS; ++attempt) {
        KeyState before;
        KeyState after;
        KeyListing seen;
        status = query_key(key, before);
        if (status == ERROR_SUCCESS) status = list_subkeys(key, seen.subkeys);
        if (status == ERROR_SUCCESS) status = list_values(key, seen.values);
        if (status == ERROR_SUCCESS) status = query_key(key, after);
        const bool changed = ::CompareFileTime(&before.written, &after.written) != 0 ||
                             seen.subkeys.size() != after.subkeys || seen.values.size() != after.values;
        if (!changed) {
            listing = std::move(seen);
            return status;
        }
        add_names(listing.subkeys, std::move(seen.subkeys));
        add_names(listing.values, std::move(seen.values));
    }
    return status;
}

} // namespace

struct LiveRegistry::WrittenKey {
    std::string key;
    RegistryKey opened;
};

Result<void> LiveRegistry::may_write(std::string_view key) const {
    const auto parts = split_key_path(key);
    const bool own = !parts.empty() && fold_case(parts.front()) == fold_case(state_key);
    if (writes_ == LiveWrites::everything || (writes_ == LiveWrites::own_key && own)) return {};
    return fail(ErrorCode::access_denied,
                "key " + describe_key(root_, key) + " was opened for reading; no changes have been begun");
}

Result<std::optional<RegistryValue>> LiveRegistry::get(std::string_view key, std::string_view name) {
    const auto opened = open_to_read(root_, key);
    if (!opened) return std::unexpected(opened.error());
    const auto wide = wide_value_name(name);
    if (!*opened || !wide) return std::nullopt;
    RegistryValue value;
    const LSTATUS status = query_value(opened->get(), *wide, value);
    if (is_absent(status)) return std::nullopt;
    if (status == ERROR_FILE_TOO_LARGE)
        return fail(ErrorCode::unusable, value_in(root_, key, name) + " has more than 64 MiB");
    if (status != ERROR_SUCCESS) return failed("read " + value_in(root_, key, name), status);
    return value;
}

Result<void> LiveRegistry::set(std::string_view key, std::string_view name, const RegistryValue& value) {
    WTA_TRY(may_write(key));
    const auto wide = wide_value_name(name);
    if (!wide) return cannot_be_called(name);
    if (value.data.size() > largest_value)
        return fail(ErrorCode::too_large, value_in(root_, key, name) + " would have more than 64 MiB");
    const GuardedData data(value.data);
    LSTATUS status = ERROR_KEY_DELETED; // by somebody else, between the opening and the writing
    for (int attempt = 0; attempt < attempts && status == ERROR_KEY_DELETED; ++attempt) {
        if (!last_written_ || last_written_->key != key) {
            auto opened = create_to_write(root_, key, KEY_SET_VALUE);
            if (!opened) return std::unexpected(std::move(opened).error());
            last_written_ = std::make_shared<WrittenKey>(std::string(key), *std::move(opened));
        }
        status = ::RegSetValueExW(last_written_->opened.get(), wide->c_str(), 0, value.type, data.data(),
                                  data.size());
        if (status != ERROR_SUCCESS) last_written_.reset();
    }
    if (status != ERROR_SUCCESS) return failed("write " + value_in(root_, key, name), status);
    return {};
}

Result<void> LiveRegistry::erase(std::string_view key, std::string_view name) {
    WTA_TRY(may_write(key));
    const auto opened = open_to_write(root_, key, KEY_SET_VALUE);
    if (!opened) return std::unexpected(opened.error());
    const auto wide = wide_value_name(name);
    if (!*opened || !wide) return {};
    const LSTATUS status = ::RegDeleteValueW(opened->get(), wide->c_str());
    if (status != ERROR_SUCCESS && !is_absent(status))
        return failed("remove " + value_in(root_, key, name), status);
    return {};
}

Result<void> LiveRegistry::erase_key(std::string_view key) {
    WTA_TRY(may_write(key));
    last_written_.reset();
    const auto parts = split_key_path(key);
    if (parts.empty()) return fail(ErrorCode::invalid, "the root key cannot be removed");
    const auto opened = open_to_write(root_, key, 0);
    if (!opened) return std::unexpected(opened.error());
    if (!*opened) return {};
    KeyState state;
    LSTATUS status = query_key(opened->get(), state);
    if (status == ERROR_SUCCESS && state.subkeys > 0)
        return fail(ErrorCode::invalid, "key " + describe_key(root_, key) + " has sub-keys");
    const std::string_view name = parts.back();
    const auto parent = open_to_write(root_, key.substr(0, key.rfind(name)), 0);
    if (!parent) return std::unexpected(parent.error());
    if (status == ERROR_SUCCESS)
        status = ::RegDeleteKeyExW(parent->get(), platform::to_wide(name).c_str(), KEY_WOW64_64KEY, 0);
    if (status != ERROR_SUCCESS && !is_absent(status))
        return failed("remove key " + describe_key(root_, key), status);
    return {};
}

Result<std::optional<KeyListing>> LiveRegistry::list(std::string_view key) {
    const auto opened = open_to_read(root_, key);
    if (!opened) return std::unexpected(opened.error());
    if (!*opened) return std::nullopt;
    KeyListing listing;
    const LSTATUS status = list_key(opened->get(), listing);
    if (is_absent(status)) return std::nullopt;
    if (status == ERROR_FILE_TOO_LARGE)
        return fail(ErrorCode::unusable, "key " + describe_key(root_, key) + " has more than 100,000 names");
    if (status != ERROR_SUCCESS) return failed("list key " + describe_key(root_, key), status);
    return listing;
}

} // namespace wta
