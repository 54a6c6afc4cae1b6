// Says that a resident is at work on this machine, for as long as it lives.
#pragma once

#include "common/base/result.h"

#include <memory>

namespace wta::platform {

// The resident holds it from its start to its end, however it ends. Who must not work beside a resident holds
// it meanwhile, so that none starts.
class ResidentLock {
public:
    // Never waits. Needs elevation. Errors: busy with the reason resident_running (held by another process,
    // or by this one), access_denied, unusable (the agent's folder belongs to others), io. A build for
    // another system than Windows has no residents, and refuses with usage_error.
    [[nodiscard]] static Result<ResidentLock> acquire();

    ResidentLock(ResidentLock&&) noexcept;
    ResidentLock& operator=(ResidentLock&&) noexcept;
    ~ResidentLock();

private:
    struct Held;
    explicit ResidentLock(std::unique_ptr<Held> held);
    std::unique_ptr<Held> held_;
};

} // namespace wta::platform
