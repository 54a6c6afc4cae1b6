#include "agent/platform/file_tree.h"

#include "agent/platform/c_error.h"
#include "common/base/utf.h"

namespace wta::platform {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> cannot_look(const fs::path& path, const std::error_code& error) {
    return os_failure("\"" + printable(path.string()) + "\" cannot be looked at", error.value());
}

} // namespace

Result<FileKind> kind_of(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) return FileKind::nothing;
    if (error) return cannot_look(path, error);
    if (status.type() == fs::file_type::directory) return FileKind::folder;
    return status.type() == fs::file_type::regular ? FileKind::regular : FileKind::other;
}

Result<Entry> entry_at(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(path, error);
    if (status.type() == fs::file_type::not_found) return Entry::nothing;
    if (error) return cannot_look(path, error);
    return status.type() == fs::file_type::symlink ? Entry::link : Entry::itself;
}

Result<std::vector<fs::path>> names_in(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> names;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error))
        names.push_back(entry->path().filename());
    if (error) return cannot_look(folder, error);
    return names;
}

Result<fs::path> real_path(const fs::path& path) {
    std::error_code error;
    fs::path real = fs::canonical(path, error);
    if (error) return cannot_look(path, error);
    return real;
}

bool is_own_software_hive(const fs::path& /*real*/) { return false; }

std::string text_of(const fs::path& path) { return path.native(); }

fs::path path_of(std::string_view text) { return text; }

Result<std::string> name_for_libraries(const fs::path& path) { return path.native(); }

} // namespace wta::platform
