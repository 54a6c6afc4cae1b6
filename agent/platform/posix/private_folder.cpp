#include "agent/platform/private_folder.h"

#include "agent/platform/c_error.h"
#include "agent/platform/platform.h"
#include "common/base/utf.h"

#include <sys/stat.h>

#include <cerrno>

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) { return "\"" + printable(path.string()) + "\""; }

std::unexpected<Error> not_protected(const std::string& sentence) {
    return refuse(ReasonCode::state_folder_not_protected, sentence, ErrorCode::unusable);
}

} // namespace

Result<void> ensure_private_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0) {
        const int number = errno;
        if (number != EEXIST) return os_failure("create folder " + quoted(folder), number);
    }
    struct stat status{};
    if (::lstat(folder.c_str(), &status) != 0) return os_failure("examine folder " + quoted(folder), errno);
    if (S_ISLNK(status.st_mode)) return not_protected(quoted(folder) + " is a link");
    if (!S_ISDIR(status.st_mode)) return not_protected(quoted(folder) + " is no folder");
    if (const auto who = writable_by_others(folder)) return not_protected(*who);
    return {};
}

Result<fs::path> default_spool_folder() {
    const fs::path state = "/var/lib/wsus-trust-agent"; // the Filesystem Hierarchy Standard, 5.8
    WTA_TRY(ensure_private_folder(state));
    fs::path folder = state / "spool";
    WTA_TRY(ensure_private_folder(folder));
    return folder;
}

} // namespace wta::platform
