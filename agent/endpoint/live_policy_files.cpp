#include "agent/endpoint/live_policy_files.h"

#include "agent/platform/platform.h"
#include "agent/platform/windows/file_security.h"
#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/known_folder.h"
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

std::optional<Bytes> content_of(const std::filesystem::path& file) {
    if (!is_protected(file)) return std::nullopt; // most machines have none
    const auto text = platform::read_file(file, max_policy_file);
    if (!text) return std::nullopt;
    return to_bytes(as_byte_view(*text));
}

} // namespace

PolicyFiles read_policy_files_in(const std::filesystem::path& system_folder,
                                 const std::filesystem::path& program_data) {
    return {.local = content_of(system_folder / "GroupPolicy" / "Machine" / "Registry.pol"),
            .applied = content_of(program_data / "ntuser.pol")};
}

PolicyFiles read_policy_files() {
    const auto system = platform::system_folder();
    const auto data = platform::program_data();
    if (!system || !data) return {};
    return read_policy_files_in(*system, *data);
}

} // namespace wta
