#include "agent/endpoint/image_file.h"

#include "agent/platform/file_tree.h"
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

std::string quoted(const fs::path& path) { return "\"" + printable(platform::text_of(path)) + "\""; }

std::unexpected<Error> not_found(std::string message) {
    return refuse(ReasonCode::image_not_found, std::move(message), ErrorCode::not_found);
}

std::unexpected<Error> cannot_look(const Error& error) {
    const bool denied = error.code == ErrorCode::access_denied;
    return refuse(denied ? ReasonCode::access_denied : ReasonCode::image_not_found, error.message,
                  denied ? ErrorCode::access_denied : ErrorCode::not_found, error.os_code);
}

std::string folded(const fs::path& name) { return fold_case(platform::text_of(name)); }

// A volume comes from a stranger: on the way to its hive no link is followed, not even to see where it leads,
// which may be another computer.
Result<std::optional<fs::path>> itself(const fs::path& path) {
    const auto entry = platform::entry_at(path);
    if (!entry) return cannot_look(entry.error());
    if (*entry == platform::Entry::nothing) return std::nullopt;
    if (*entry == platform::Entry::itself) return path;
    return not_found(quoted(path) + " is a link, and links of an image are not followed; if you trust where "
                                    "it leads, name the hive file itself");
}

// The entry of `folder` called `name`, whatever the letter case; exactly so when there is one.
Result<std::optional<fs::path>> entry_named(const fs::path& folder, const std::string& name) {
    auto exactly = itself(folder / name);
    if (!exactly || *exactly) return exactly;
    const auto names = platform::names_in(folder);
    if (!names) return cannot_look(names.error());
    std::vector<fs::path> matches;
    for (const fs::path& found : *names)
        if (folded(found) == fold_case(name)) matches.push_back(folder / found);
    if (matches.empty()) return std::nullopt;
    if (matches.size() > 1) {
        return not_found("there are both " + quoted(std::ranges::min(matches)) + " and " +
                         quoted(std::ranges::max(matches)) + "; name the hive file itself");
    }
    return itself(matches.front());
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
    } else if (error.code == ErrorCode::busy) {
        reasoned.reason = ReasonCode::image_in_use;
        reasoned.code = ErrorCode::unusable;
    } else if (!reasoned.reason) {
        const bool absent = error.code == ErrorCode::not_found;
        reasoned.reason = absent ? ReasonCode::image_not_found : ReasonCode::image_damaged;
        if (!absent) reasoned.code = ErrorCode::unusable;
    }
    return std::unexpected(std::move(reasoned));
}

Result<void> check_log(const fs::path& log, std::uint32_t sequence) {
    const auto entry = platform::entry_at(log);
    if (!entry) return std::unexpected(entry.error());
    if (*entry == platform::Entry::link)
        return fail(ErrorCode::invalid,
                    "its log " + quoted(log) + " is a link, which Windows never makes of it");
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
    const std::string base = folded(hive.filename());
    const auto names = platform::names_in(hive.parent_path());
    if (!names) return cannot_look(names.error());
    for (const fs::path& found : *names) {
        const std::string name = folded(found);
        if (name != base + ".LOG" && name != base + ".LOG1" && name != base + ".LOG2") continue;
        WTA_TRY(check_log(hive.parent_path() / found, sequence));
    }
    return {};
}

// Where a link was not seen as one, or came meanwhile.
Result<void> check_stays_inside(const ImageFile& image, const fs::path& folder) {
    auto volume = platform::real_path(folder);
    if (!volume) return cannot_look(volume.error());
    if (!volume->has_filename()) *volume = volume->parent_path(); // \\?\Volume{…}\ ends in a separator
    const auto [end, ignored] = std::ranges::mismatch(*volume, image.real);
    if (end != volume->end())
        return not_found(quoted(image.typed) + " leads out of the image, to " + quoted(image.real) +
                         "; name that file itself if it is what you mean");
    return {};
}

} // namespace

Result<ImageFile> locate_image(const fs::path& path) {
    const auto kind = platform::kind_of(path);
    if (!kind) return cannot_look(kind.error());
    if (*kind == platform::FileKind::nothing) return not_found("there is no " + quoted(path));
    ImageFile image{.typed = path, .real = {}};
    if (*kind == platform::FileKind::folder) {
        auto found = hive_of_folder(path);
        if (!found) return std::unexpected(found.error());
        image.typed = *std::move(found);
    }
    const auto found = platform::kind_of(image.typed);
    if (!found) return cannot_look(found.error());
    if (*found == platform::FileKind::nothing)
        return not_found(quoted(image.typed) + " is a link to nothing");
    if (*found != platform::FileKind::regular)
        return not_found(quoted(image.typed) + " is not a regular file");
    auto real = platform::real_path(image.typed);
    if (!real) return cannot_look(real.error());
    image.real = *std::move(real);
    if (*kind == platform::FileKind::folder) WTA_TRY(check_stays_inside(image, path));
    if (!platform::is_own_software_hive(image.real)) return image;
    return refuse(ReasonCode::image_in_use,
                  quoted(image.typed) +
                      " is the registry of the Windows that runs here, and no image; run the "
                      "command without --image to work on this machine",
                  ErrorCode::unusable);
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
