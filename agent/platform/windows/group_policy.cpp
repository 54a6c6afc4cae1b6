#include "agent/platform/windows/group_policy.h"

#include <windows.h>

#include <userenv.h>

namespace wta::platform {

void wait_for_group_policy() {
    HANDLE section = ::EnterCriticalPolicySection(TRUE);
    if (section != nullptr) ::LeaveCriticalPolicySection(section);
}

GroupPolicyApplied::GroupPolicyApplied() { ::RegisterGPNotification(event_.handle(), TRUE); }

GroupPolicyApplied::~GroupPolicyApplied() { ::UnregisterGPNotification(event_.handle()); }

} // namespace wta::platform
