#include "agent/platform/windows/link_target.h"

#include <windows.h>

#include <cstring>
#include <string_view>

namespace wta::platform {
namespace {

constexpr std::size_t header_size = 8;       // tag, length of what follows, reserved
constexpr std::size_t names_size = 8;        // offset and length of the target, then of its shown form
constexpr std::size_t flags_size = 4;        // of a symbolic link only
constexpr std::uint32_t relative_flag = 0x1; // SYMLINK_FLAG_RELATIVE
constexpr std::wstring_view system_prefix = LR"(\??\)";  // where the kernel begins
constexpr std::wstring_view literal_prefix = LR"(\\?\)"; // the same to a program

template <class T>
std::optional<T> read_at(ByteView bytes, std::size_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

std::optional<std::wstring> target_name(ByteView stored, std::size_t names_at, std::size_t text_at) {
    const auto offset = read_at<std::uint16_t>(stored, names_at);
    const auto length = read_at<std::uint16_t>(stored, names_at + 2);
    if (!offset || !length || *length % sizeof(wchar_t) != 0) return std::nullopt;
    const std::size_t begin = text_at + *offset;
    if (begin > stored.size() || stored.size() - begin < *length) return std::nullopt;
    std::wstring name(*length / sizeof(wchar_t), L'\0');
    std::memcpy(name.data(), stored.data() + begin, *length);
    return name;
}

std::optional<LinkTarget> absolute(std::wstring name) {
    if (!name.starts_with(system_prefix)) return std::nullopt;
    name.replace(0, system_prefix.size(), literal_prefix);
    return LinkTarget{std::move(name), false};
}

} // namespace

std::optional<LinkTarget> link_target(ByteView stored) {
    const auto tag = read_at<std::uint32_t>(stored, 0);
    const bool symbolic = tag == IO_REPARSE_TAG_SYMLINK;
    if (!symbolic && tag != IO_REPARSE_TAG_MOUNT_POINT) return std::nullopt;
    std::size_t text_at = header_size + names_size;
    if (symbolic) text_at += flags_size;
    auto name = target_name(stored, header_size, text_at);
    if (!name) return std::nullopt;
    if (!symbolic) return absolute(*std::move(name));
    const auto flags = read_at<std::uint32_t>(stored, header_size + names_size);
    if (!flags) return std::nullopt;
    if ((*flags & relative_flag) != 0) return LinkTarget{*std::move(name), true};
    return absolute(*std::move(name));
}

} // namespace wta::platform
