#include "agent/platform/windows/network_watch.h"

#include <winsock2.h>

#include <ws2tcpip.h>

#include <windows.h>

#include <iphlpapi.h>

namespace wta::platform {
namespace {

// In a thread of Windows' own.
void WINAPI address_changed(void* event, MIB_UNICASTIPADDRESS_ROW* /*address*/,
                            MIB_NOTIFICATION_TYPE /*how*/) {
    static_cast<Event*>(event)->raise();
}

} // namespace

// Addresses of both families, as they come and go.
NetworkWatch::NetworkWatch() {
    const DWORD status =
        ::NotifyUnicastIpAddressChange(AF_UNSPEC, address_changed, &changed_, FALSE, &registration_);
    if (status != NO_ERROR) registration_ = nullptr;
}

// Waits for a call that is under way.
NetworkWatch::~NetworkWatch() {
    if (registration_ != nullptr) ::CancelMibChangeNotify2(registration_);
}

} // namespace wta::platform
