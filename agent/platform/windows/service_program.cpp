#include "agent/platform/windows/service_program.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/path_security.h"

#include <windows.h>

namespace wta::platform {
namespace {

constexpr std::wstring_view literal_share = LR"(\\?\UNC\)";

} // namespace

std::optional<std::string> why_not_for_a_service(const std::filesystem::path& real) {
    const auto full = full_path(real);
    if (!full) return full.error().message;
    if (full->starts_with(literal_share)) return quoted_path(real) + " lies on another machine";
    if (::GetDriveTypeW(full->substr(0, root_length(*full)).c_str()) != DRIVE_FIXED)
        return quoted_path(real) + " lies on a drive that is not fixed to this machine";
    return who_could_redirect(real);
}

} // namespace wta::platform
