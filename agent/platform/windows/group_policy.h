// When Group Policy writes the policies of this machine.
#pragma once

#include "agent/platform/windows/event.h"

namespace wta::platform {

// Returns when Group Policy is not at work on the machine's policies; at once when that cannot be found out.
// May block for many minutes, and cannot be cancelled. Windows' rule for who reads several policy values
// (EnterCriticalPolicySection). The section is left again at once, because who holds it keeps Group Policy
// waiting.
void wait_for_group_policy();

// Raised each time that the machine's policies have been applied. Where Windows does not tell, never.
class GroupPolicyApplied {
public:
    GroupPolicyApplied();
    ~GroupPolicyApplied();
    GroupPolicyApplied(const GroupPolicyApplied&) = delete;
    GroupPolicyApplied& operator=(const GroupPolicyApplied&) = delete;

    [[nodiscard]] void* handle() const { return event_.handle(); } // a HANDLE to wait for; stays ours

private:
    Event event_;
};

} // namespace wta::platform
