#include "agent/platform/platform.h"

namespace wta::platform {

bool is_elevated() { return false; }
std::optional<std::string> writable_by_others(const std::filesystem::path& /*file*/) { return std::nullopt; }
std::filesystem::path executable_path() { return {}; }
std::optional<std::filesystem::path> shared_settings_file() { return std::nullopt; }
std::string computer_name() { return {}; }
bool can_read_shares() { return true; }
Result<std::string> read_file(const std::filesystem::path& /*file*/, std::size_t /*limit*/) {
    return fail(ErrorCode::io, "nobody has looked yet");
}
Terminal standard_output() { return {}; }

} // namespace wta::platform
