#include "agent/platform/windows/link_target.h"

#include <catch2/catch_test_macros.hpp>

#include <windows.h>

#include <string_view>

using namespace wta;
using platform::link_target;
using platform::LinkTarget;

namespace {

template <class T>
void append(Bytes& bytes, T value) {
    const ByteView view(reinterpret_cast<const std::byte*>(&value), sizeof value);
    bytes.insert(bytes.end(), view.begin(), view.end());
}

void append_text(Bytes& bytes, std::wstring_view text) {
    for (const wchar_t unit : text) append(bytes, static_cast<std::uint16_t>(unit));
}

constexpr std::wstring_view shown = L"shown";

Bytes stored(std::uint32_t tag, std::wstring_view target, std::optional<std::uint32_t> flags) {
    const auto length = static_cast<std::uint16_t>(target.size() * 2);
    Bytes bytes;
    append(bytes, tag);
    append(bytes, std::uint32_t{0}); // length, which the file system has checked
    append(bytes, static_cast<std::uint16_t>(shown.size() * 2));
    append(bytes, length);
    append(bytes, std::uint16_t{0});
    append(bytes, static_cast<std::uint16_t>(shown.size() * 2));
    if (flags) append(bytes, *flags);
    append_text(bytes, shown);
    append_text(bytes, target);
    return bytes;
}

Bytes junction(std::wstring_view target) { return stored(IO_REPARSE_TAG_MOUNT_POINT, target, std::nullopt); }
Bytes symbolic_link(std::wstring_view target, std::uint32_t flags) {
    return stored(IO_REPARSE_TAG_SYMLINK, target, flags);
}

} // namespace

TEST_CASE("a junction leads to a folder or to a volume") {
    CHECK(link_target(junction(L"\\??\\C:\\real")) == LinkTarget{L"\\\\?\\C:\\real", false});
    CHECK(link_target(junction(L"\\??\\Volume{1}\\")) == LinkTarget{L"\\\\?\\Volume{1}\\", false});
}

TEST_CASE("a symbolic link leads to a path, or is relative to its folder") {
    CHECK(link_target(symbolic_link(L"\\??\\C:\\real", 0)) == LinkTarget{L"\\\\?\\C:\\real", false});
    CHECK(link_target(symbolic_link(L"..\\real", 1)) == LinkTarget{L"..\\real", true});
}

TEST_CASE("what is neither has no target") {
    CHECK(link_target(stored(IO_REPARSE_TAG_DEDUP, L"\\??\\C:\\real", std::nullopt)) == std::nullopt);
    CHECK(link_target(junction(L"\\Device\\Null")) == std::nullopt);
    CHECK(link_target({}) == std::nullopt);
}

TEST_CASE("a garbled link has no target, wherever it is cut") {
    const Bytes whole = symbolic_link(L"\\??\\C:\\real", 0);
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(link_target(ByteView(whole).first(size)) == std::nullopt);
}

TEST_CASE("a target of half a character is garbled") {
    Bytes bytes = junction(L"\\??\\C:\\real");
    bytes[10] = static_cast<std::byte>(std::to_integer<unsigned>(bytes[10]) - 1); // its length
    CHECK(link_target(bytes) == std::nullopt);
}
