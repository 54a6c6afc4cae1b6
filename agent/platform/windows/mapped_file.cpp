#include "agent/platform/mapped_file.h"

#include "agent/platform/windows/file_identity.h"
#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/os_error.h"

#include <utility>

namespace wta::platform {
namespace {

constexpr DWORD everybody_else_may = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

std::uint64_t joined(DWORD high, DWORD low) { return (std::uint64_t{high} << 32U) | low; }

Result<Handle> open_file(const std::filesystem::path& file, DWORD access) {
    const auto full = full_path(file);
    if (!full) return std::unexpected(full.error());
    Handle handle(::CreateFileW(full->c_str(), access, everybody_else_may, nullptr, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
                                nullptr)); // so that a folder is told as what it is
    const DWORD number = ::GetLastError();
    if (!is_open(handle)) return windows_failure("open " + quoted_path(file), number);
    return handle;
}

bool is_regular(const Handle& handle) {
    FILE_ATTRIBUTE_TAG_INFO info{};
    return ::GetFileType(handle.get()) == FILE_TYPE_DISK &&
           ::GetFileInformationByHandleEx(handle.get(), FileAttributeTagInfo, &info, sizeof info) != 0 &&
           (info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

} // namespace

Result<FileIdentity> identity_of(const Handle& handle) {
    BY_HANDLE_FILE_INFORMATION info{};
    FILE_BASIC_INFO times{};
    if (::GetFileInformationByHandle(handle.get(), &info) == 0 ||
        ::GetFileInformationByHandleEx(handle.get(), FileBasicInfo, &times, sizeof times) == 0)
        return windows_failure("examine the file", ::GetLastError());
    return FileIdentity{.device = info.dwVolumeSerialNumber,
                        .inode = joined(info.nFileIndexHigh, info.nFileIndexLow),
                        .size = joined(info.nFileSizeHigh, info.nFileSizeLow),
                        .modified = times.LastWriteTime.QuadPart,
                        .changed = times.ChangeTime.QuadPart};
}

Result<FileIdentity> identify(const std::filesystem::path& file) {
    const auto handle = open_file(file, FILE_READ_ATTRIBUTES);
    if (!handle) return std::unexpected(handle.error());
    return identity_of(*handle);
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& file, std::uint64_t limit) {
    const auto handle = open_file(file, GENERIC_READ);
    if (!handle) return std::unexpected(handle.error());
    if (!is_regular(*handle)) return fail(ErrorCode::invalid, quoted_path(file) + " is not a regular file");
    const auto identity = identity_of(*handle);
    if (!identity) return within_context(quoted_path(file), identity.error());
    if (identity->size > limit) {
        return fail(ErrorCode::invalid, quoted_path(file) + " has " + std::to_string(identity->size) +
                                            " bytes; more than " + std::to_string(limit) + " are not read");
    }
    if (identity->size == 0) return MappedFile({}, *identity);
    // The view keeps the file; neither handle is needed any more.
    const Handle mapping(::CreateFileMappingW(handle->get(), nullptr, PAGE_READONLY, 0, 0, nullptr));
    DWORD number = ::GetLastError();
    if (!is_open(mapping)) return windows_failure("map " + quoted_path(file), number);
    void* const address = ::MapViewOfFile(mapping.get(), FILE_MAP_READ, 0, 0, identity->size);
    number = ::GetLastError();
    if (address == nullptr) return windows_failure("map " + quoted_path(file), number);
    return MappedFile({static_cast<std::byte*>(address), identity->size}, *identity);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : mapping_(std::exchange(other.mapping_, {})), identity_(other.identity_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(mapping_, other.mapping_);
    std::swap(identity_, other.identity_);
    return *this;
}

MappedFile::~MappedFile() {
    if (!mapping_.empty()) ::UnmapViewOfFile(mapping_.data());
}

} // namespace wta::platform
