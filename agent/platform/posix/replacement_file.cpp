#include "agent/platform/replacement_file.h"

#include "agent/platform/c_error.h"
#include "agent/platform/posix/file_descriptor.h"
#include "common/base/bytes.h"
#include "common/base/utf.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view infix = ".wsus-trust-agent-";
constexpr std::string_view random_part = "XXXXXX"; // mkostemp replaces it

// ntfs-3g and ntfs3 have the access list and the DOS attributes there, and do not list them.
constexpr std::array unlisted_attributes{"system.ntfs_acl", "system.ntfs_attrib"};

std::string quoted(const fs::path& path) { return "\"" + printable(path.string()) + "\""; }

bool is_unsupported(int number) { return number == ENOTSUP || number == ENOSYS || number == EINVAL; }

Result<void> may_write(const fs::path& path, int rights) {
    if (::faccessat(AT_FDCWD, path.c_str(), rights, AT_EACCESS) == 0) return {};
    const int number = errno;
    const std::string what = quoted(path) + " must be written and may not";
    switch (number) {
    case EROFS:
        return fail(ErrorCode::read_only, what + ": it lies on a read-only file system; mount it writable",
                    number);
    case EPERM:
        return fail(ErrorCode::access_denied, what + ": it is marked immutable; clear that (chattr -i)",
                    number);
    case EACCES:
        return fail(ErrorCode::access_denied, what + ": permission denied; run as a user who may", number);
    default: return os_failure("examine " + quoted(path), number);
    }
}

Result<std::vector<std::string>> attribute_names(int fd) {
    std::vector<char> names;
    for (;;) { // the list may grow between the two calls
        const ssize_t size = ::flistxattr(fd, nullptr, 0);
        if (size <= 0) {
            const int number = errno;
            if (size == 0 || is_unsupported(number)) break;
            return os_failure("list the extended attributes", number);
        }
        names.resize(static_cast<std::size_t>(size));
        const ssize_t count = ::flistxattr(fd, names.data(), names.size());
        const int number = errno;
        if (count >= 0) {
            names.resize(static_cast<std::size_t>(count));
            break;
        }
        if (number != ERANGE) return os_failure("list the extended attributes", number);
    }
    std::vector<std::string> result;
    for (auto begin = names.begin(); begin != names.end();) {
        const auto end = std::find(begin, names.end(), '\0');
        result.emplace_back(begin, end);
        begin = end == names.end() ? end : end + 1;
    }
    return result;
}

// Nothing when there is none of that name.
Result<std::optional<std::vector<char>>> attribute(int fd, const std::string& name) {
    std::vector<char> value;
    for (;;) {
        const ssize_t size = ::fgetxattr(fd, name.c_str(), nullptr, 0);
        int number = errno;
        if (size >= 0) {
            value.resize(static_cast<std::size_t>(size));
            const ssize_t count = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
            number = errno;
            if (count >= 0) {
                value.resize(static_cast<std::size_t>(count));
                return value;
            }
            if (number == ERANGE) continue;
        }
        if (number == ENODATA || is_unsupported(number)) return std::nullopt;
        return os_failure("read extended attribute " + name, number);
    }
}

Result<void> copy_attribute(int from, int to, const std::string& name) {
    const auto wanted = attribute(from, name);
    if (!wanted) return std::unexpected(wanted.error());
    const auto present = attribute(to, name);
    if (!present) return std::unexpected(present.error());
    if (*wanted == *present) return {};
    const int outcome = *wanted ? ::fsetxattr(to, name.c_str(), (*wanted)->data(), (*wanted)->size(), 0)
                                : ::fremovexattr(to, name.c_str());
    if (outcome == 0) return {};
    return os_failure("keep extended attribute " + name, errno);
}

Result<void> copy_attributes(int from, int to) {
    const auto wanted = attribute_names(from);
    if (!wanted) return std::unexpected(wanted.error());
    const auto present = attribute_names(to); // a folder's default access list may have given it some
    if (!present) return std::unexpected(present.error());
    std::vector<std::string> names = *wanted;
    names.insert(names.end(), present->begin(), present->end());
    names.insert(names.end(), unlisted_attributes.begin(), unlisted_attributes.end());
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    for (const std::string& name : names) WTA_TRY(copy_attribute(from, to, name));
    return {};
}

Result<void> copy_owner_and_mode(int from, int to) {
    struct stat wanted{};
    struct stat present{};
    if (::fstat(from, &wanted) != 0 || ::fstat(to, &present) != 0)
        return os_failure("examine the file", errno);
    if (wanted.st_uid != present.st_uid || wanted.st_gid != present.st_gid) {
        if (::fchown(to, wanted.st_uid, wanted.st_gid) != 0) return os_failure("keep the owner", errno);
    }
    const mode_t permissions = wanted.st_mode & 07777U;
    if (permissions != (present.st_mode & 07777U)) {
        if (::fchmod(to, permissions) != 0) return os_failure("keep the mode", errno);
    }
    return {};
}

std::unexpected<Error> not_durable(const fs::path& original, int number) {
    return refuse(ReasonCode::not_verified,
                  quoted(original) + " was replaced, but its folder could not be made durable: " +
                      describe_errno(number) + "; after a power failure the old file may be there again",
                  ErrorCode::io, number);
}

} // namespace

struct ReplacementFile::File {
    fs::path original;
    fs::path path;
    FileDescriptor fd;
    bool replaced = false;

    ~File() {
        if (!replaced) ::unlink(path.c_str());
    }
};

ReplacementFile::ReplacementFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
ReplacementFile::ReplacementFile(ReplacementFile&&) noexcept = default;
ReplacementFile& ReplacementFile::operator=(ReplacementFile&&) noexcept = default;
ReplacementFile::~ReplacementFile() = default;

const fs::path& ReplacementFile::path() const { return file_->path; }

Result<void> may_replace(const fs::path& original) {
    WTA_TRY(may_write(original, W_OK));
    return may_write(original.parent_path(), W_OK | X_OK);
}

void remove_stale_replacements(const fs::path& original) {
    const std::string prefix = original.filename().string() + std::string(infix);
    std::error_code ignored;
    for (fs::directory_iterator entry(original.parent_path(), ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with(prefix) && name.size() == prefix.size() + random_part.size())
            ::unlink(entry->path().c_str());
    }
}

Result<ReplacementFile> ReplacementFile::create(const fs::path& original) {
    std::string name = original.string() + std::string(infix) + std::string(random_part);
    FileDescriptor fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd.valid()) return os_failure("create a new file beside " + quoted(original), errno);
    auto file = std::make_unique<File>();
    file->original = original;
    file->path = name;
    file->fd = std::move(fd);
    return ReplacementFile(std::move(file));
}

Result<void> ReplacementFile::take_attributes() {
    const FileDescriptor original(::open(file_->original.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!original.valid()) return os_failure("open " + quoted(file_->original), errno);
    WTA_TRY(copy_owner_and_mode(original.get(), file_->fd.get()));
    return copy_attributes(original.get(), file_->fd.get()); // after the owner: a change of owner drops some
}

Result<void> ReplacementFile::sync() {
    struct stat created{};
    struct stat named{};
    if (::fstat(file_->fd.get(), &created) != 0 || ::lstat(file_->path.c_str(), &named) != 0) {
        return os_failure("examine " + quoted(file_->path), errno);
    }
    if (created.st_dev != named.st_dev || created.st_ino != named.st_ino) {
        return fail(ErrorCode::io, quoted(file_->path) + " was replaced by somebody else");
    }
    if (::fsync(file_->fd.get()) != 0) return os_failure("make " + quoted(file_->path) + " durable", errno);
    return {};
}

Result<void> ReplacementFile::replace() {
    const fs::path folder_path = file_->original.parent_path();
    const FileDescriptor folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid()) return os_failure("open folder " + quoted(folder_path), errno);
    if (::rename(file_->path.c_str(), file_->original.c_str()) != 0) {
        const int number = errno;
        if (number == EBUSY || number == EXDEV)
            return fail(
                ErrorCode::io,
                quoted(file_->original) +
                    " is a mount point of its own and cannot be replaced; mount the folder that holds it",
                number);
        return os_failure("put the new file in the place of " + quoted(file_->original), number);
    }
    file_->replaced = true;
    if (::fsync(folder.get()) == 0) return {};
    const int number = errno;
    if (is_unsupported(number)) return {}; // some file systems in user space have no such thing
    return not_durable(file_->original, number);
}

} // namespace wta::platform
