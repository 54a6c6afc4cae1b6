#include "agent/platform/durable_file.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

Result<void> write_all(const Handle& handle, std::string_view content, const fs::path& file) {
    while (!content.empty()) {
        const auto part =
            static_cast<DWORD>(std::min<std::size_t>(content.size(), std::numeric_limits<int>::max()));
        DWORD count = 0;
        if (::WriteFile(handle.get(), content.data(), part, &count, nullptr) == 0)
            return windows_failure("write " + quoted_path(file), ::GetLastError());
        content.remove_prefix(count);
    }
    if (::FlushFileBuffers(handle.get()) == 0)
        return windows_failure("make " + quoted_path(file) + " durable", ::GetLastError());
    return {};
}

Result<void> remove_full(const std::wstring& full, const fs::path& file) {
    if (::DeleteFileW(full.c_str()) != 0) return {}; // of a link, the link; NTFS keeps it in its journal
    const DWORD number = ::GetLastError();
    if (number == ERROR_FILE_NOT_FOUND) return {};
    return windows_failure("remove " + quoted_path(file), number);
}

Result<void> write_unfinished(const std::wstring& full, std::string_view content, const fs::path& file) {
    // Removed first, so that what is created is new, and no link.
    WTA_TRY(remove_full(full, file));
    const Handle handle(::CreateFileW(full.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW,
                                      FILE_ATTRIBUTE_NORMAL | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
                                      nullptr)); // a server behind a share may see who we are, no more
    const DWORD number = ::GetLastError();
    if (!is_open(handle)) return windows_failure("create " + quoted_path(file), number);
    return write_all(handle, content, file);
}

Result<void> move_full(const std::wstring& from, const std::wstring& to, const fs::path& shown) {
    if (::MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0)
        return {};
    return windows_failure("put the new file in the place of " + quoted_path(shown), ::GetLastError());
}

struct CloseSearch {
    using pointer = HANDLE;
    void operator()(HANDLE search) const {
        if (search != INVALID_HANDLE_VALUE) ::FindClose(search);
    }
};
using Search = std::unique_ptr<void, CloseSearch>;

bool is_regular(const WIN32_FIND_DATAW& found) {
    constexpr DWORD other = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DEVICE;
    return (found.dwFileAttributes & other) == 0;
}

} // namespace

Result<void> write_whole(const fs::path& file, std::string_view content, Readers /*readers*/) {
    const auto full = full_path(file);
    if (!full) return std::unexpected(full.error());
    const std::wstring unfinished = *full + to_wide(unfinished_suffix);
    auto written = write_unfinished(unfinished, content, file);
    if (written) written = move_full(unfinished, *full, file);
    if (!written) ::DeleteFileW(unfinished.c_str());
    return written;
}

// Folders above that are there may be of the kind in which nobody may create another.
Result<void> make_folders(const fs::path& folder) {
    const auto full = full_path(folder);
    if (!full) return std::unexpected(full.error());
    DWORD number = NO_ERROR;
    for (std::size_t end = root_length(*full); end < full->size();) {
        end = std::min(full->find(L'\\', end + 1), full->size());
        number = ::CreateDirectoryW(full->substr(0, end).c_str(), nullptr) != 0 ? NO_ERROR : ::GetLastError();
    }
    if (number == NO_ERROR || number == ERROR_ALREADY_EXISTS) return {};
    return windows_failure("create folder " + quoted_path(folder), number);
}

Result<void> remove_file(const fs::path& file) {
    const auto full = full_path(file);
    if (!full) return std::unexpected(full.error());
    return remove_full(*full, file);
}

Result<void> move_file(const fs::path& from, const fs::path& to) {
    const auto full_from = full_path(from);
    if (!full_from) return std::unexpected(full_from.error());
    const auto full_to = full_path(to);
    if (!full_to) return std::unexpected(full_to.error());
    return move_full(*full_from, *full_to, to);
}

Result<std::vector<ListedFile>> list_files(const fs::path& folder) {
    const auto full = full_path(folder);
    if (!full) return std::unexpected(full.error());
    WIN32_FIND_DATAW found{};
    const Search search(::FindFirstFileExW((*full + L"\\*").c_str(), FindExInfoBasic, &found,
                                           FindExSearchNameMatch, nullptr, 0));
    DWORD number = ::GetLastError();
    if (search.get() == INVALID_HANDLE_VALUE)
        return windows_failure("list folder " + quoted_path(folder), number);
    std::vector<ListedFile> files;
    do {
        const ULARGE_INTEGER size{.LowPart = found.nFileSizeLow, .HighPart = found.nFileSizeHigh};
        if (is_regular(found)) files.push_back({from_wide(found.cFileName), size.QuadPart});
    } while (::FindNextFileW(search.get(), &found) != 0);
    number = ::GetLastError();
    if (number != ERROR_NO_MORE_FILES) return windows_failure("list folder " + quoted_path(folder), number);
    std::ranges::sort(files, {}, &ListedFile::name);
    return files;
}

} // namespace wta::platform
