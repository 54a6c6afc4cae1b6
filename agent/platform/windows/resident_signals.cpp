#include "agent/platform/windows/resident_signals.h"

#include <windows.h>

#include <new>
#include <utility>

namespace wta::platform {

ResidentSignals::ResidentSignals() {
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const bool stays_raised = i == std::to_underlying(Signal::stop);
        events_.at(i) = ::CreateEventW(nullptr, stays_raised ? TRUE : FALSE, FALSE, nullptr);
        if (events_.at(i) != nullptr) continue;
        for (std::size_t made = 0; made < i; ++made) ::CloseHandle(events_.at(made));
        throw std::bad_alloc();
    }
}

ResidentSignals::~ResidentSignals() {
    for (void* const event : events_) ::CloseHandle(event);
}

void ResidentSignals::raise(Signal signal) { ::SetEvent(handle(signal)); }

bool ResidentSignals::stop_raised() const {
    return ::WaitForSingleObject(handle(Signal::stop), 0) == WAIT_OBJECT_0;
}

void* ResidentSignals::handle(Signal signal) const { return events_.at(std::to_underlying(signal)); }

} // namespace wta::platform
