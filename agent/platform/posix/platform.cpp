#include "agent/platform/platform.h"

#include "agent/platform/c_error.h"
#include "agent/platform/posix/file_descriptor.h"
#include "common/base/utf.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <deque>

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40; // as the Linux kernel

std::string quoted(const fs::path& path) { return "\"" + printable(path.string()) + "\""; }

bool is_trusted_owner(uid_t owner) { return owner == 0 || (!is_elevated() && owner == ::geteuid()); }

// A POSIX access list shows in the mode only as the group's bits (its mask): who is in it does not.
bool has_access_list(const fs::path& path) {
    return ::lgetxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

// The bits of a mode that let others do something.
struct OthersBits {
    mode_t everybody;
    mode_t group;
};
constexpr OthersBits writing{S_IWOTH, S_IWGRP};
constexpr OthersBits reading{S_IROTH, S_IRGRP};

// Who may do it with `path`, apart from administrators; nothing when nobody.
std::optional<std::string> others_who_can(const OthersBits& bits, const fs::path& path,
                                          const struct stat& status) {
    if (!is_trusted_owner(status.st_uid)) return "its owner, user id " + std::to_string(status.st_uid);
    if ((status.st_mode & bits.everybody) != 0) return "every user";
    if ((status.st_mode & bits.group) == 0) return std::nullopt;
    if (has_access_list(path)) return "users whom its access list names";
    if (status.st_gid != 0) return "members of group id " + std::to_string(status.st_gid);
    return std::nullopt;
}

enum class FolderRole {
    holds,   // the file or a link on the way: whoever can write here can put something else in its place
    leads_to // further up: where the sticky bit keeps others from renaming what is not theirs
};

std::optional<std::string> folder_problem(const fs::path& folder, FolderRole role) {
    struct stat status{};
    if (::lstat(folder.c_str(), &status) != 0) {
        return "folder " + quoted(folder) + " cannot be examined: " + describe_errno(errno);
    }
    const auto who = others_who_can(writing, folder, status);
    if (!who) return std::nullopt;
    const bool sticky = (status.st_mode & S_ISVTX) != 0;
    if (sticky && role == FolderRole::leads_to && is_trusted_owner(status.st_uid)) return std::nullopt;
    std::string sentence = "folder " + quoted(folder) + " can be changed by " + *who;
    if (sticky) sentence += "; its sticky bit does not help";
    return sentence;
}

std::optional<std::string> file_problem(const fs::path& file, const struct stat& status) {
    const auto who = others_who_can(writing, file, status);
    if (!who) return std::nullopt;
    return quoted(file) + " can be changed by " + *who;
}

void push_front(std::deque<fs::path>& parts, const fs::path& path) {
    parts.insert(parts.begin(), path.begin(), path.end());
}

} // namespace

bool is_elevated() { return ::geteuid() == 0; }

// Follows the path part by part, as the kernel does, and looks at every folder and link that decides where it
// ends.
std::optional<std::string> writable_by_others(const fs::path& file) {
    std::error_code ignored;
    std::deque<fs::path> parts;
    push_front(parts, fs::absolute(file, ignored).relative_path());
    fs::path folder = "/";
    for (int links = 0; !parts.empty();) {
        const fs::path part = parts.front();
        parts.pop_front();
        if (part.empty() || part == ".") continue;
        if (part == "..") {
            folder = folder.parent_path();
            continue;
        }
        const fs::path here = folder / part;
        struct stat status{};
        if (::lstat(here.c_str(), &status) != 0)
            return quoted(here) + " cannot be examined: " + describe_errno(errno);
        const bool link = S_ISLNK(status.st_mode);
        const bool last = parts.empty();
        const FolderRole role = link || last ? FolderRole::holds : FolderRole::leads_to;
        if (auto problem = folder_problem(folder, role)) return problem;
        if (link) {
            if (++links > most_links) return quoted(file) + " leads through too many symbolic links";
            const fs::path target = fs::read_symlink(here, ignored);
            if (ignored) return quoted(here) + " cannot be examined: " + ignored.message();
            if (target.is_absolute()) folder = "/";
            push_front(parts, target.relative_path());
        } else if (last) {
            return file_problem(here, status);
        } else {
            folder = here;
        }
    }
    return folder_problem(folder, FolderRole::holds);
}

std::optional<std::string> readable_by_others(const fs::path& file) {
    std::error_code unreadable;
    const fs::path real = fs::canonical(file, unreadable);
    struct stat status{};
    if (unreadable) return quoted(file) + " cannot be examined: " + unreadable.message();
    if (::lstat(real.c_str(), &status) != 0)
        return quoted(real) + " cannot be examined: " + describe_errno(errno);
    const auto who = others_who_can(reading, real, status);
    if (!who) return std::nullopt;
    return quoted(real) + " can be read by " + *who;
}

Process::Process() {
    // Read-only, so that writing to a stream that the caller closed stays an error.
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(stream, F_GETFD) == -1 && ::open("/dev/null", O_RDONLY) != stream) return;
    // One pool for all threads: those that fetch would begin pools of their own, four KiB a system call.
    ::mallopt(M_ARENA_MAX, 1);
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
}

Process::~Process() = default;

std::vector<std::string> arguments(int argc, const char* const* argv) { return {argv, argv + argc}; }

void end_now(int exit) { std::_Exit(exit); }

fs::path executable_path() {
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored);
}

std::optional<fs::path> shared_settings_file() { return "/etc/wsus-trust-agent/agent.yaml"; }

fs::path absolute_path(const fs::path& typed) {
    std::error_code error; // an empty path, a working folder that is gone
    fs::path absolute = fs::absolute(typed, error);
    return error ? typed : absolute;
}

std::string absolute_name(const fs::path& typed) { return absolute_path(typed).lexically_normal().string(); }

bool is_full_path(const fs::path& path) { return path.is_absolute(); }

bool can_read_shares() { return false; }

SystemProxy system_proxy() {
    const char* proxy = std::getenv("https_proxy");
    return {.proxy = proxy == nullptr ? "" : proxy, .bypass = {}};
}

std::string computer_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

void fill_randomly(std::span<std::byte> bytes) {
    if (::getentropy(bytes.data(), bytes.size()) != 0) std::ranges::fill(bytes, std::byte{0});
}

Result<std::string> read_file(const fs::path& file, std::size_t limit) {
    // O_NONBLOCK: opening a pipe would wait for a writer.
    const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.valid()) {
        const int number = errno;
        if (number == ENXIO) return fail(ErrorCode::invalid, quoted(file) + " is not a regular file", number);
        return os_failure("open " + quoted(file), number);
    }
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return os_failure("examine " + quoted(file), errno);
    if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, quoted(file) + " is not a regular file");

    std::string content;
    std::array<char, 16 * 1024> buffer{};
    while (content.size() <= limit) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count == 0) return content;
        if (count < 0) {
            const int number = errno;
            if (number == EINTR) continue;
            return os_failure("read " + quoted(file), number);
        }
        content.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return fail(ErrorCode::too_large, quoted(file) + " is larger than " + std::to_string(limit) + " bytes");
}

Terminal standard_output() {
    if (::isatty(STDOUT_FILENO) == 0) return {};
    struct winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return {.is_terminal = true, .colors = true, .width = 0};
    return {.is_terminal = true, .colors = true, .width = size.ws_col};
}

} // namespace wta::platform
