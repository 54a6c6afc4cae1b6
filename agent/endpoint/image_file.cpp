#include "agent/endpoint/image_file.h"

#include "agent/platform/posix/os_error.h"
#include "common/base/utf.h"
#include "common/ports/registry_path.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace wta {
namespace {

namespace fs = std::filesystem;

constexpr std::array volume_parts{"Windows", "System32", "config", "SOFTWARE"};

std::string quoted(const fs::path& path) { return "\"" + printable(path.string()) + "\""; }

std::unexpected<Error> not_found(std::string message) {
    return refuse(ReasonCode::image_not_found, std::move(message), ErrorCode::not_found);
}

std::unexpected<Error> cannot_look(const fs::path& path, const std::error_code& error) {
    const std::string message =
        quoted(path) + " cannot be looked at: " + platform::describe_errno(error.value());
    if (platform::code_of_errno(error.value()) == ErrorCode::access_denied) {
        return refuse(ReasonCode::access_denied, message, ErrorCode::access_denied, error.value());
    }
    return refuse(ReasonCode::image_not_found, message, ErrorCode::not_found, error.value());
}

// The entry of `folder` called `name`, whatever the letter case; exactly so when there is one.
Result<std::optional<fs::path>> entry_named(const fs::path& folder, const std::string& name) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(folder / name, error))) return folder / name;
    std::vector<fs::path> matches;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (fold_case(entry->path().filename().string()) == fold_case(name)) matches.push_back(entry->path());
    }
    if (error) return cannot_look(folder, error);
    if (matches.empty()) return std::nullopt;
    if (matches.size() > 1) {
        return not_found("there are both " + quoted(std::ranges::min(matches)) + " and " +
                         quoted(std::ranges::max(matches)) + "; name the hive file itself");
    }
    return matches.front();
}

Result<fs::path> hive_of_folder(const fs::path& folder) {
    fs::path place = folder;
    for (const std::string part : volume_parts) {
        auto next = entry_named(place, part);
        if (!next) return std::unexpected(next.error());
        if (!*next && place == folder) { // perhaps it is the config folder itself
            next = entry_named(folder, volume_parts.back());
            if (!next) return std::unexpected(next.error());
            if (*next) return **next;
        }
        if (!*next) {
            return not_found("no Windows/System32/config/SOFTWARE in " + quoted(folder) + ": " +
                             quoted(place) + " has no \"" + part +
                             "\"; name the root of a mounted Windows volume, or the hive file");
        }
        place = **next;
    }
    return place;
}

std::unexpected<Error> in_words(const fs::path& file, const Error& error) {
    Error reasoned = error;
    reasoned.message = "image " + quoted(file) + ": " + error.message;
    if (error.code == ErrorCode::access_denied) {
        reasoned.reason = ReasonCode::access_denied;
    } else if (error.code == ErrorCode::exhausted) {
        reasoned.reason = ReasonCode::out_of_resources;
    } else if (!reasoned.reason) {
        const bool absent = error.code == ErrorCode::not_found;
        reasoned.reason = absent ? ReasonCode::image_not_found : ReasonCode::image_damaged;
        if (!absent) reasoned.code = ErrorCode::unusable;
    }
    return std::unexpected(std::move(reasoned));
}

Result<void> check_log(const fs::path& log, std::uint32_t sequence) {
    const auto mapped = platform::MappedFile::open(log, hive_size_limit);
    if (!mapped) {
        // No log at all: gone since it was listed, or something that Windows would not read either.
        if (mapped.error().code == ErrorCode::not_found || mapped.error().code == ErrorCode::invalid)
            return {};
        return std::unexpected(mapped.error());
    }
    if (!log_is_newer(mapped->bytes(), sequence)) return {};
    return refuse(ReasonCode::image_dirty,
                  "changes that were not yet written to it stand in " + quoted(log) + "; " +
                      std::string(dirty_hive_cure),
                  ErrorCode::unusable);
}

Result<void> check_logs(const fs::path& hive, std::uint32_t sequence) {
    const std::string base = fold_case(hive.filename().string());
    std::error_code error;
    fs::directory_iterator entry(hive.parent_path(), error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        const std::string name = fold_case(entry->path().filename().string());
        if (name != base + ".LOG" && name != base + ".LOG1" && name != base + ".LOG2") continue;
        WTA_TRY(check_log(entry->path(), sequence));
    }
    if (error) return cannot_look(hive.parent_path(), error);
    return {};
}

} // namespace

Result<ImageFile> locate_image(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) return not_found("there is no " + quoted(path));
    if (error) return cannot_look(path, error);
    ImageFile image{.typed = path, .real = {}};
    if (status.type() == fs::file_type::directory) {
        auto found = hive_of_folder(path);
        if (!found) return std::unexpected(found.error());
        image.typed = *std::move(found);
    }
    const fs::file_status found = fs::status(image.typed, error);
    if (found.type() == fs::file_type::not_found)
        return not_found(quoted(image.typed) + " is a link to nothing");
    if (error) return cannot_look(image.typed, error);
    if (found.type() != fs::file_type::regular)
        return not_found(quoted(image.typed) + " is not a regular file");
    image.real = fs::canonical(image.typed, error);
    if (error) return cannot_look(image.typed, error);
    if (status.type() != fs::file_type::directory) return image;
    // A volume comes from a stranger: a link in it must not lead to a hive of this machine.
    const fs::path volume = fs::canonical(path, error);
    if (error) return cannot_look(path, error);
    const auto [end, ignored] = std::ranges::mismatch(volume, image.real);
    if (end != volume.end())
        return not_found(quoted(image.typed) + " is a link that leads out of the image, to " +
                         quoted(image.real) + "; name that file itself if it is what you mean");
    return image;
}

Result<CheckedHive> check_image(const fs::path& file, const fs::path& logs_of) {
    auto mapped = platform::MappedFile::open(file, hive_size_limit);
    if (!mapped) return in_words(file, mapped.error());
    auto cells = check_hive(mapped->bytes());
    if (!cells) return in_words(file, cells.error());
    if (const auto logs = check_logs(logs_of, cells->sequence()); !logs) return in_words(file, logs.error());
    return CheckedHive{*std::move(mapped), *std::move(cells)};
}

std::optional<std::string> other_hive(const std::vector<std::string>& root_subkeys) {
    std::set<std::string> names;
    for (const std::string& name : root_subkeys) names.insert(fold_case(name));
    const auto has = [&](std::string_view name) { return names.contains(fold_case(name)); };
    if (names.empty()) return std::nullopt;
    const bool software =
        has("Microsoft"); // a vendor may have called a key of its own like one of the marks below
    if (has("Select") || has("ControlSet001") || has("MountedDevices")) return "SYSTEM";
    if (has("Policy") && !software) return "SECURITY"; // also has a link called SAM
    if (has("SAM") && !software) return "SAM";
    if (has("Objects") && has("Description")) return "BCD";
    if ((has("CanonicalData") || has("DerivedData")) && !software) return "COMPONENTS";
    if (has("DriverDatabase") && !software) return "DRIVERS";
    if (has("Control Panel") || has("Environment") || (has("Software") && !software))
        return "a user's NTUSER.DAT";
    if (has("Local Settings") && !software) return "a user's UsrClass.dat";
    if (software || has("Policies")) return std::nullopt;
    return "another hive";
}

} // namespace wta
