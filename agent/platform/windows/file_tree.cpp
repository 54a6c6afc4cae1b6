#include "agent/platform/file_tree.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_path = 32'768;

std::string cannot_look(const fs::path& path) { return quoted_path(path) + " cannot be looked at"; }

constexpr DWORD itself = FILE_FLAG_OPEN_REPARSE_POINT;
constexpr DWORD its_target = 0;

// With no more than the right to ask what it is: that conflicts with nobody who has it open.
Result<Handle> open_to_look(const fs::path& path, DWORD what) {
    const auto full = full_path(path);
    if (!full) return std::unexpected(full.error());
    Handle handle(::CreateFileW(
        full->c_str(), FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
        OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION | what,
        nullptr));
    const DWORD number = ::GetLastError();
    if (!is_open(handle)) return windows_failure(cannot_look(path), number);
    return handle;
}

bool is_nothing(const Error& error) {
    return error.os_code == ERROR_FILE_NOT_FOUND || error.os_code == ERROR_PATH_NOT_FOUND;
}

// Empty when Windows knows no such name.
std::wstring final_path(const Handle& handle, DWORD kind_of_name) {
    std::wstring real(longest_path, L'\0');
    const DWORD length = ::GetFinalPathNameByHandleW(
        handle.get(), real.data(), static_cast<DWORD>(real.size()), FILE_NAME_NORMALIZED | kind_of_name);
    real.resize(length < real.size() ? length : 0);
    return real;
}

struct CloseSearch {
    using pointer = HANDLE;
    void operator()(HANDLE search) const {
        if (search != INVALID_HANDLE_VALUE) ::FindClose(search);
    }
};
using Search = std::unique_ptr<void, CloseSearch>;

bool same_name(const std::wstring& a, const std::wstring& b) {
    return ::CompareStringOrdinal(a.c_str(), -1, b.c_str(), -1, TRUE) == CSTR_EQUAL;
}

} // namespace

Result<FileKind> kind_of(const fs::path& path) {
    const auto handle = open_to_look(path, its_target);
    if (!handle && handle.error().code == ErrorCode::invalid) return FileKind::other; // NUL, COM1, \\.\…
    if (!handle && is_nothing(handle.error())) return FileKind::nothing;
    if (!handle) return std::unexpected(handle.error());
    FILE_BASIC_INFO info{};
    if (::GetFileType(handle->get()) != FILE_TYPE_DISK) return FileKind::other;
    if (::GetFileInformationByHandleEx(handle->get(), FileBasicInfo, &info, sizeof info) == 0)
        return windows_failure(cannot_look(path), ::GetLastError());
    const bool folder = (info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    return folder ? FileKind::folder : FileKind::regular;
}

Result<Entry> entry_at(const fs::path& path) {
    const auto handle = open_to_look(path, itself);
    if (!handle && is_nothing(handle.error())) return Entry::nothing;
    if (!handle) return std::unexpected(handle.error());
    FILE_ATTRIBUTE_TAG_INFO info{};
    if (::GetFileInformationByHandleEx(handle->get(), FileAttributeTagInfo, &info, sizeof info) == 0)
        return windows_failure(cannot_look(path), ::GetLastError());
    // Other reparse points (compressed files, those of a mounted WIM) are what they seem to be.
    const bool leads_elsewhere = (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
                                 IsReparseTagNameSurrogate(info.ReparseTag);
    return leads_elsewhere ? Entry::link : Entry::itself;
}

Result<std::vector<fs::path>> names_in(const fs::path& folder) {
    const auto full = full_path(folder / L"*");
    if (!full) return std::unexpected(full.error());
    WIN32_FIND_DATAW found{};
    const Search search(
        ::FindFirstFileExW(full->c_str(), FindExInfoBasic, &found, FindExSearchNameMatch, nullptr, 0));
    DWORD number = ::GetLastError();
    if (search.get() == INVALID_HANDLE_VALUE) return windows_failure(cannot_look(folder), number);
    std::vector<fs::path> names;
    do {
        const std::wstring_view name = found.cFileName;
        if (name != L"." && name != L"..") names.emplace_back(name);
    } while (::FindNextFileW(search.get(), &found) != 0);
    number = ::GetLastError();
    if (number != ERROR_NO_MORE_FILES) return windows_failure(cannot_look(folder), number);
    return names;
}

Result<fs::path> real_path(const fs::path& path) {
    const auto handle = open_to_look(path, its_target);
    if (!handle) return std::unexpected(handle.error());
    std::wstring real = final_path(*handle, VOLUME_NAME_DOS);
    DWORD number = ::GetLastError();
    if (real.empty()) { // a volume without a drive letter
        real = final_path(*handle, VOLUME_NAME_GUID);
        number = ::GetLastError();
    }
    if (real.empty()) return windows_failure("find out where " + quoted_path(path) + " lies", number);
    return path_of_literal(real);
}

bool is_own_software_hive(const fs::path& real) {
    std::wstring folder(longest_path, L'\0');
    const UINT length = ::GetSystemWindowsDirectoryW(folder.data(), static_cast<UINT>(folder.size()));
    if (length == 0 || length >= folder.size()) return false;
    folder.resize(length);
    const auto own = real_path(fs::path(folder) / L"System32" / L"config" / L"SOFTWARE");
    return own && same_name(own->native(), real.native());
}

std::string text_of(const fs::path& path) { return from_wide(path.native()); }

fs::path path_of(std::string_view text) { return to_wide(text); }

Result<std::string> name_for_libraries(const fs::path& path) {
    const auto full = full_path(path);
    if (!full) return std::unexpected(full.error());
    std::string name = from_wide(*full);
    if (to_wide(name) != *full)
        return fail(ErrorCode::invalid,
                    quoted_path(path) +
                        " has a name that is no text (half a character of UTF-16); rename it");
    return name;
}

} // namespace wta::platform
