#include "agent/platform/windows/full_path.h"

#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"
#include "common/base/utf.h"

#include <windows.h>

namespace wta::platform {
namespace {

constexpr std::wstring_view literal = LR"(\\?\)";
constexpr std::wstring_view literal_share = LR"(\\?\UNC\)";
constexpr std::wstring_view literal_volume = LR"(\\?\Volume{)";
constexpr std::wstring_view device = LR"(\\.\)";

bool starts_with(std::wstring_view text, std::wstring_view start) {
    return text.size() >= start.size() &&
           ::CompareStringOrdinal(text.data(), static_cast<int>(start.size()), start.data(),
                                  static_cast<int>(start.size()), TRUE) == CSTR_EQUAL;
}

bool has_drive(std::wstring_view text) {
    return text.size() >= 3 && text[1] == L':' && text[2] == L'\\' &&
           ((text[0] >= L'A' && text[0] <= L'Z') || (text[0] >= L'a' && text[0] <= L'z'));
}

Result<std::wstring> completed(const std::filesystem::path& path) {
    std::wstring full(MAX_PATH, L'\0');
    for (;;) {
        const auto size = static_cast<DWORD>(full.size());
        const DWORD length = ::GetFullPathNameW(path.c_str(), size, full.data(), nullptr);
        const DWORD number = ::GetLastError();
        if (length == 0) return windows_failure("complete the path " + quoted_path(path), number);
        full.resize(length);
        if (length < size) return full;
    }
}

// As people write it; a volume without a drive letter has no other name.
std::wstring plain(std::wstring full) {
    if (starts_with(full, literal_share)) return full.replace(0, literal_share.size(), LR"(\\)");
    if (starts_with(full, literal) && !starts_with(full, literal_volume)) full.erase(0, literal.size());
    return full;
}

bool names_a_file(std::wstring_view literal_path) {
    return has_drive(literal_path.substr(literal.size())) || starts_with(literal_path, literal_share) ||
           starts_with(literal_path, literal_volume);
}

} // namespace

std::string quoted_path(const std::filesystem::path& path) {
    return "\"" + printable(from_wide(plain(path.native()))) + "\"";
}

Result<std::wstring> full_path(const std::filesystem::path& path) {
    if (path.empty()) return fail(ErrorCode::not_found, "an empty path names no file");
    auto full = completed(path);
    if (!full) return full;
    if (has_drive(*full)) return std::wstring(literal) + *full;
    if (starts_with(*full, literal) && names_a_file(*full)) return full;
    if (starts_with(*full, LR"(\\)") && !starts_with(*full, literal) && !starts_with(*full, device))
        return std::wstring(literal_share) + full->substr(2);
    return fail(ErrorCode::invalid, quoted_path(path) + " is not a regular file: it names a device");
}

Result<std::filesystem::path> path_of_literal(const std::wstring& found) {
    std::filesystem::path path = plain(found);
    if (const auto again = full_path(path); again && *again == found) return path;
    return fail(ErrorCode::invalid,
                quoted_path(path) + " has a name that Windows reads as another one; rename it");
}

std::size_t root_length(std::wstring_view full) {
    const bool share = starts_with(full, literal_share);
    const auto after_next = [full](std::size_t begin) {
        const std::size_t end = full.find(L'\\', begin);
        return end == std::wstring_view::npos ? full.size() : end + 1;
    };
    return share ? after_next(after_next(literal_share.size())) : after_next(literal.size());
}

} // namespace wta::platform
