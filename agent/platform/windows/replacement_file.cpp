#include "agent/platform/replacement_file.h"

#include "agent/platform/file_tree.h"
#include "agent/platform/platform.h"
#include "agent/platform/windows/file_identity.h"
#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/kept_security.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/token.h"
#include "agent/platform/windows/wide.h"

#include <array>
#include <span>
#include <utility>

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::wstring_view infix = L".wsus-trust-agent-";
constexpr std::size_t random_length = 6;
constexpr DWORD everybody_else_may = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

// What the new file takes over from the original, apart from its security.
constexpr DWORD kept_attributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE |
                                  FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;

Handle open_itself(const std::wstring& full, DWORD access) {
    return Handle(::CreateFileW(full.c_str(), access, everybody_else_may, nullptr, OPEN_EXISTING,
                                FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, nullptr));
}

std::wstring random_name() {
    constexpr std::wstring_view letters = L"abcdefghijklmnopqrstuvwxyz234567"; // Windows ignores letter case
    std::array<std::byte, random_length> bytes{};
    fill_randomly(bytes);
    std::wstring name;
    for (const std::byte byte : bytes) name += letters[std::to_integer<std::size_t>(byte) % letters.size()];
    return name;
}

std::string cannot_be_written(const fs::path& path) {
    return quoted_path(path) + " must be written and may not";
}

Result<void> check_medium(const Handle& handle, const fs::path& original) {
    DWORD flags = 0;
    if (::GetVolumeInformationByHandleW(handle.get(), nullptr, 0, nullptr, nullptr, &flags, nullptr, 0) == 0)
        return {}; // not every file system says so; then writing does
    if ((flags & FILE_READ_ONLY_VOLUME) == 0) return {};
    return fail(ErrorCode::read_only,
                cannot_be_written(original) + ": it lies on a read-only volume; mount it writable");
}

Result<void> check_attributes(const Handle& handle, const fs::path& original) {
    FILE_ATTRIBUTE_TAG_INFO info{};
    if (::GetFileInformationByHandleEx(handle.get(), FileAttributeTagInfo, &info, sizeof info) == 0)
        return windows_failure("examine " + quoted_path(original), ::GetLastError());
    if ((info.FileAttributes & FILE_ATTRIBUTE_READONLY) == 0) return {};
    return fail(ErrorCode::access_denied,
                cannot_be_written(original) + ": it is marked read-only; clear that (attrib -r)");
}

Result<void> check_rights(const fs::path& path, const std::wstring& full, DWORD rights) {
    const Handle handle = open_itself(full, rights);
    const DWORD number = ::GetLastError();
    if (is_open(handle)) return {};
    if (code_of_windows_error(number) == ErrorCode::access_denied) {
        return fail(ErrorCode::access_denied,
                    cannot_be_written(path) + ": " + describe_windows_error(number) +
                        "; run as an administrator, or as a user who may",
                    static_cast<int>(number));
    }
    return windows_failure(cannot_be_written(path), number);
}

} // namespace

struct ReplacementFile::File {
    fs::path original;
    fs::path path;
    std::wstring full_original;
    std::wstring full;
    Handle handle;
    bool replaced = false;

    ~File() {
        if (replaced) return;
        handle.reset();
        ::DeleteFileW(full.c_str());
    }
};

ReplacementFile::ReplacementFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
ReplacementFile::ReplacementFile(ReplacementFile&&) noexcept = default;
ReplacementFile& ReplacementFile::operator=(ReplacementFile&&) noexcept = default;
ReplacementFile::~ReplacementFile() = default;

const fs::path& ReplacementFile::path() const { return file_->path; }

Result<void> may_replace(const fs::path& original) {
    const auto full = full_path(original);
    if (!full) return std::unexpected(full.error());
    const auto folder = full_path(original.parent_path());
    if (!folder) return std::unexpected(folder.error());
    const Handle handle = open_itself(*full, FILE_READ_ATTRIBUTES);
    const DWORD number = ::GetLastError();
    if (!is_open(handle)) return windows_failure("examine " + quoted_path(original), number);
    WTA_TRY(check_medium(handle, original));
    WTA_TRY(check_attributes(handle, original));
    WTA_TRY(check_rights(original, *full, FILE_WRITE_DATA | DELETE));
    return check_rights(original.parent_path(), *folder, FILE_ADD_FILE);
}

void remove_stale_replacements(const fs::path& original) {
    const std::wstring prefix = original.filename().native() + std::wstring(infix);
    const auto names = names_in(original.parent_path());
    if (!names) return;
    for (const fs::path& name : *names) {
        if (!name.native().starts_with(prefix) || name.native().size() != prefix.size() + random_length)
            continue;
        if (const auto full = full_path(original.parent_path() / name)) ::DeleteFileW(full->c_str());
    }
}

Result<ReplacementFile> ReplacementFile::create(const fs::path& original) {
    const auto full = full_path(original);
    if (!full) return std::unexpected(full.error());
    auto file = std::make_unique<File>();
    const std::wstring ending = std::wstring(infix) + random_name();
    file->original = original;
    file->path = original.native() + ending;
    file->full_original = *full;
    file->full = *full + ending;
    const auto security = for_this_user_only();
    if (!security) return std::unexpected(security.error());
    SECURITY_ATTRIBUTES attributes{.nLength = sizeof(SECURITY_ATTRIBUTES),
                                   .lpSecurityDescriptor = security->get(),
                                   .bInheritHandle = FALSE};
    // What the security will be set with is asked for now: afterwards this user may have no right to it.
    file->handle.reset(
        ::CreateFileW(file->full.c_str(), GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER,
                      everybody_else_may, &attributes, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
    const DWORD number = ::GetLastError();
    if (!is_open(file->handle)) {
        file->replaced = true; // there is nothing to remove
        return windows_failure("create a new file beside " + quoted_path(original), number);
    }
    return ReplacementFile(std::move(file));
}

Result<void> ReplacementFile::take_attributes() {
    const Handle original = open_itself(file_->full_original, READ_CONTROL | FILE_READ_ATTRIBUTES);
    const DWORD number = ::GetLastError();
    if (!is_open(original)) return windows_failure("open " + quoted_path(file_->original), number);
    WTA_TRY(copy_security(original, file_->handle));
    FILE_BASIC_INFO wanted{};
    FILE_BASIC_INFO present{};
    if (::GetFileInformationByHandleEx(original.get(), FileBasicInfo, &wanted, sizeof wanted) == 0 ||
        ::GetFileInformationByHandleEx(file_->handle.get(), FileBasicInfo, &present, sizeof present) == 0)
        return windows_failure("examine the file", ::GetLastError());
    FILE_BASIC_INFO kept{}; // a time of 0 stays as it is
    kept.CreationTime = wanted.CreationTime;
    kept.FileAttributes =
        (present.FileAttributes & ~kept_attributes) | (wanted.FileAttributes & kept_attributes);
    if (kept.FileAttributes == 0) kept.FileAttributes = FILE_ATTRIBUTE_NORMAL; // 0 means: as they are
    if (::SetFileInformationByHandle(file_->handle.get(), FileBasicInfo, &kept, sizeof kept) == 0)
        return windows_failure("keep the attributes", ::GetLastError());
    return {};
}

Result<void> ReplacementFile::sync() {
    const Handle named = open_itself(file_->full, FILE_READ_ATTRIBUTES);
    const DWORD number = ::GetLastError();
    if (!is_open(named)) return windows_failure("examine " + quoted_path(file_->path), number);
    const auto created = identity_of(file_->handle);
    const auto found = identity_of(named);
    if (!created || !found)
        return within_context(quoted_path(file_->path), created ? found.error() : created.error());
    if (created->device != found->device || created->inode != found->inode)
        return fail(ErrorCode::io, quoted_path(file_->path) + " was replaced by somebody else");
    if (::FlushFileBuffers(file_->handle.get()) == 0) // of the file, whoever wrote to it
        return windows_failure("make " + quoted_path(file_->path) + " durable", ::GetLastError());
    return {};
}

Result<void> ReplacementFile::replace() {
    if (::MoveFileExW(file_->full.c_str(), file_->full_original.c_str(),
                      MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0) {
        file_->replaced = true;
        return {};
    }
    const DWORD number = ::GetLastError();
    const std::string doing = "put the new file in the place of " + quoted_path(file_->original);
    if (number != ERROR_ACCESS_DENIED) return windows_failure(doing, number);
    // That is what Windows says as well when somebody has the old one open. Who may delete it, or could if it
    // were not held, has the right.
    const auto may = check_rights(file_->original, file_->full_original, DELETE);
    if (!may && may.error().code != ErrorCode::busy) return windows_failure(doing, number);
    return fail(ErrorCode::busy, doing + ": something else has that file open", static_cast<int>(number));
}

} // namespace wta::platform
