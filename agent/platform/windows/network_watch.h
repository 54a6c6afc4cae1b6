// Tells when this machine gets or loses an address: a cable, a wireless network, a VPN.
#pragma once

#include "agent/platform/windows/event.h"

namespace wta::platform {

// Costs wake-ups of the process while it lives, so it lives only while somebody waits for the network. Where
// Windows does not tell, the handle is never raised.
class NetworkWatch {
public:
    NetworkWatch();
    ~NetworkWatch();
    NetworkWatch(const NetworkWatch&) = delete;
    NetworkWatch& operator=(const NetworkWatch&) = delete;

    [[nodiscard]] void* handle() const { return changed_.handle(); } // a HANDLE to wait for; stays ours

private:
    Event changed_;
    void* registration_ = nullptr;
};

} // namespace wta::platform
