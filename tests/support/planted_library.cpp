// What an attacker puts into a folder under the name of a library of Windows: leaves "<its own path>.loaded"
// behind when a process loads it.
#include <cwchar>
#include <windows.h>

extern "C" BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void* /*reserved*/) {
    if (reason != DLL_PROCESS_ATTACH) return TRUE;
    wchar_t mark[1024] = {};
    ::GetModuleFileNameW(self, mark, 1000);
    std::wcscat(mark, L".loaded");
    ::CloseHandle(::CreateFileW(mark, GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, 0, nullptr));
    return TRUE;
}
