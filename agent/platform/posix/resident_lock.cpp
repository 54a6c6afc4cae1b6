// Only Windows has residents.
#include "agent/platform/resident_lock.h"

namespace wta::platform {

struct ResidentLock::Held {};

ResidentLock::ResidentLock(std::unique_ptr<Held> held) : held_(std::move(held)) {}
ResidentLock::ResidentLock(ResidentLock&&) noexcept = default;
ResidentLock& ResidentLock::operator=(ResidentLock&&) noexcept = default;
ResidentLock::~ResidentLock() = default;

Result<ResidentLock> ResidentLock::acquire() {
    return refuse(ReasonCode::usage_error, "only Windows has a resident of the agent");
}

} // namespace wta::platform
