#include "agent/endpoint/live_policy_files.h"

#include "agent/platform/platform.h"
#include "agent/platform/windows/file_security.h"
#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/known_folder.h"
#include "agent/platform/within.h"
#include "common/trust/policy_file.h"

namespace wta {
namespace {

// Everybody may create files in ProgramData; only what administrators alone can change is evidence.
bool is_protected(const std::filesystem::path& file) {
    const auto full = platform::full_path(file);
    if (!full) return false;
    const auto examined = platform::examine(*full);
    return examined && !examined->is_link &&
           !platform::who_could_change(*full, *examined, platform::PathRole::file);
}

struct Content {
    std::optional<Bytes> bytes{};
    bool unread = false;
};

Content content_of(const std::filesystem::path& file) {
    if (!is_protected(file)) return {}; // most machines have none
    const auto text = platform::read_file(file, max_policy_file);
    if (!text) return {.unread = text.error().code != ErrorCode::not_found};
    return {.bytes = to_bytes(as_byte_view(*text))};
}

// Ordinary users may read ntuser.pol, so they can lock it, and make others wait for it without end.
Content content_in_time(const std::filesystem::path& file) {
    constexpr std::chrono::seconds patience{5};
    auto content = read_within(patience, [file] { return content_of(file); });
    return content ? *std::move(content) : Content{.unread = true};
}

} // namespace

PolicyFiles read_policy_files_in(const std::filesystem::path& system_folder,
                                 const std::filesystem::path& program_data) {
    Content local = content_in_time(system_folder / "GroupPolicy" / "Machine" / "Registry.pol");
    Content applied = content_in_time(program_data / "ntuser.pol");
    return {.local = std::move(local.bytes),
            .applied = std::move(applied.bytes),
            .unread = local.unread || applied.unread};
}

PolicyFiles read_policy_files() {
    const auto system = platform::system_folder();
    const auto data = platform::program_data();
    if (!system || !data) return {};
    return read_policy_files_in(*system, *data);
}

} // namespace wta
