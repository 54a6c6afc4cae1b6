#include "agent/platform/private_folder.h"

#include "agent/platform/windows/path_security.h"
#include "agent/platform/windows/state_folder.h"

namespace wta::platform {

Result<void> ensure_private_folder(const std::filesystem::path& folder) {
    WTA_TRY(ensure_protected_folder(folder));
    if (const auto who = who_could_redirect(folder))
        return refuse(ReasonCode::state_folder_not_protected, *who, ErrorCode::unusable);
    return {};
}

Result<std::filesystem::path> default_spool_folder() {
    const auto state = protected_state_folder();
    if (!state) return state;
    std::filesystem::path folder = *state / L"Spool";
    WTA_TRY(ensure_private_folder(folder));
    return folder;
}

} // namespace wta::platform
