// Windows' handles owned by std::unique_ptr.
#pragma once

#include <memory>
#include <windows.h>

namespace wta::platform {

struct CloseKernelHandle {
    using pointer = HANDLE;
    void operator()(HANDLE handle) const {
        if (handle != nullptr && handle != INVALID_HANDLE_VALUE) ::CloseHandle(handle);
    }
};
// Of a file, a token, a process. CreateFileW says INVALID_HANDLE_VALUE where others say nullptr: ask
// is_open().
using Handle = std::unique_ptr<void, CloseKernelHandle>;
[[nodiscard]] inline bool is_open(const Handle& handle) {
    return handle.get() != nullptr && handle.get() != INVALID_HANDLE_VALUE;
}

struct FreeLocal {
    void operator()(void* memory) const { ::LocalFree(memory); }
};
// What a function of Windows allocated with LocalAlloc.
template <class T>
using LocalMemory = std::unique_ptr<T, FreeLocal>;

} // namespace wta::platform
