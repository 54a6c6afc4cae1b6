#include "agent/platform/windows/state_folder.h"

namespace wta::platform {

Result<std::filesystem::path> protected_state_folder() {
    return fail(ErrorCode::io, "nobody has looked yet");
}

} // namespace wta::platform
