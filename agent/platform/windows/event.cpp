#include "agent/platform/windows/event.h"

#include <windows.h>

#include <new>

namespace wta::platform {

Event::Event() : handle_(::CreateEventW(nullptr, FALSE, FALSE, nullptr)) {
    if (handle_ == nullptr) throw std::bad_alloc();
}

Event::~Event() { ::CloseHandle(handle_); }

void Event::raise() { ::SetEvent(handle_); }

} // namespace wta::platform
