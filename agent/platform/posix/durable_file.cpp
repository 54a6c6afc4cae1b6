#include "agent/platform/durable_file.h"

#include "agent/platform/c_error.h"
#include "agent/platform/posix/file_descriptor.h"
#include "common/base/utf.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) { return "\"" + printable(path.string()) + "\""; }

// A name is durable when its folder is. Some file systems in user space have no such thing.
Result<void> sync_folder(const fs::path& folder) {
    const fs::path named = folder.empty() ? "." : folder;
    const FileDescriptor fd(::open(named.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return os_failure("open folder " + quoted(folder), errno);
    if (::fsync(fd.get()) == 0) return {};
    const int number = errno;
    if (number == EINVAL || number == ENOSYS || number == ENOTSUP) return {};
    return os_failure("make folder " + quoted(folder) + " durable", number);
}

Result<void> write_all(int fd, std::string_view content, const fs::path& file) {
    while (!content.empty()) {
        const ssize_t count = ::write(fd, content.data(), content.size());
        if (count < 0) {
            const int number = errno;
            if (number == EINTR) continue;
            return os_failure("write " + quoted(file), number);
        }
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(fd) != 0) return os_failure("make " + quoted(file) + " durable", errno);
    return {};
}

Result<void> write_unfinished(const fs::path& file, std::string_view content, Readers readers) {
    // Removed first, so that what is created is new and ours: nobody else's, no link, no pipe.
    if (::unlink(file.c_str()) != 0) {
        const int number = errno;
        if (number != ENOENT) return os_failure("remove " + quoted(file), number);
    }
    const mode_t mode = readers == Readers::owner ? 0600 : 0644;
    const FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd.valid()) return os_failure("create " + quoted(file), errno);
    if (readers == Readers::everybody && ::fchmod(fd.get(), mode) != 0) // whatever the umask says
        return os_failure("set the mode of " + quoted(file), errno);
    return write_all(fd.get(), content, file);
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

} // namespace

Result<void> write_whole(const fs::path& file, std::string_view content, Readers readers) {
    fs::path unfinished = file;
    unfinished += unfinished_suffix;
    auto written = write_unfinished(unfinished, content, readers);
    if (written) written = move_file(unfinished, file);
    if (!written) ::unlink(unfinished.c_str());
    return written;
}

Result<void> make_folders(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return os_failure("create folder " + quoted(folder), error.value());
    return {};
}

Result<void> remove_file(const fs::path& file) {
    if (::unlink(file.c_str()) != 0) {
        const int number = errno;
        if (number == ENOENT) return {};
        return os_failure("remove " + quoted(file), number);
    }
    return sync_folder(file.parent_path());
}

Result<void> move_file(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0)
        return os_failure("rename " + quoted(from) + " to " + quoted(to), errno);
    return sync_folder(to.parent_path());
}

Result<std::vector<ListedFile>> list_files(const fs::path& folder) {
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
    const int number_of_folder = open ? ::dirfd(open.get()) : -1;
    if (number_of_folder < 0) return os_failure("list folder " + quoted(folder), errno);
    std::vector<ListedFile> files;
    for (;;) {
        errno = 0;
        const dirent* const entry =
            ::readdir(open.get()); // NOLINT(concurrency-mt-unsafe): a stream of our own
        const int number = errno;
        if (entry == nullptr && number != 0) return os_failure("list folder " + quoted(folder), number);
        if (entry == nullptr) break;
        struct stat status{};
        if (::fstatat(number_of_folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue; // gone
        if (S_ISREG(status.st_mode))
            files.push_back({entry->d_name, static_cast<std::uintmax_t>(status.st_size)});
    }
    std::ranges::sort(files, {}, &ListedFile::name);
    return files;
}

} // namespace wta::platform
