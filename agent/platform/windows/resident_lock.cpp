#include "agent/platform/resident_lock.h"

#include "agent/platform/windows/lock_file.h"
#include "agent/platform/windows/state_folder.h"

namespace wta::platform {

struct ResidentLock::Held {
    Handle file;
};

ResidentLock::ResidentLock(std::unique_ptr<Held> held) : held_(std::move(held)) {}
ResidentLock::ResidentLock(ResidentLock&&) noexcept = default;
ResidentLock& ResidentLock::operator=(ResidentLock&&) noexcept = default;
ResidentLock::~ResidentLock() = default;

Result<ResidentLock> ResidentLock::acquire() {
    const auto folder = protected_state_folder();
    if (!folder) return std::unexpected(folder.error());
    auto file = hold_lock_file(*folder, "resident");
    if (file) return ResidentLock(std::make_unique<Held>(*std::move(file)));
    if (file.error().code != ErrorCode::busy) return std::unexpected(file.error());
    return refuse(ReasonCode::resident_running,
                  "a resident of the agent runs on this machine: the service WsusTrustAgent, or a "
                  "'wsus-trust-agent run'",
                  ErrorCode::busy, file.error().os_code);
}

} // namespace wta::platform
