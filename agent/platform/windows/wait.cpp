#include "agent/platform/windows/wait.h"

#include <windows.h>

#include <algorithm>
#include <system_error>

namespace wta::platform {

std::optional<std::size_t> wait_for_any(std::span<void* const> handles, std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds longest = std::chrono::days{49}; // INFINITE is a little more
    const auto limit = static_cast<DWORD>(std::clamp(time, std::chrono::milliseconds{0}, longest).count());
    const DWORD raised =
        ::WaitForMultipleObjects(static_cast<DWORD>(handles.size()), handles.data(), FALSE, limit);
    const DWORD number = ::GetLastError();
    if (raised == WAIT_TIMEOUT) return std::nullopt;
    if (raised < WAIT_OBJECT_0 + handles.size()) return raised - WAIT_OBJECT_0;
    throw std::system_error(static_cast<int>(number), std::system_category(), "wait for what happens");
}

} // namespace wta::platform
