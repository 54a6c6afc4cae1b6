// The guard value of the stack protector, and what happens when it was overwritten, in the place of the
// compiler's own (libssp): that one asks CryptoAPI for it before main(), and so loads libraries before the
// process can say from where it loads them.
#include <cstdint>
#include <windows.h>

extern "C" {

std::uintptr_t __stack_chk_guard = 0x00002B992DDFA232; // until it is set, as Windows' own default

// As Windows' C library does it (__security_init_cookie): what an attacker elsewhere cannot know, mixed.
__attribute__((constructor(101), no_stack_protector)) void set_stack_guard() {
    FILETIME now;
    LARGE_INTEGER ticks;
    ::GetSystemTimeAsFileTime(&now);
    ::QueryPerformanceCounter(&ticks);
    std::uintptr_t mixed = (static_cast<std::uintptr_t>(now.dwHighDateTime) << 32U) ^ now.dwLowDateTime;
    mixed ^= static_cast<std::uintptr_t>(ticks.QuadPart) << 13U;
    mixed ^= static_cast<std::uintptr_t>(::GetCurrentProcessId()) << 32U;
    mixed ^= static_cast<std::uintptr_t>(::GetCurrentThreadId()) << 17U;
    mixed ^= reinterpret_cast<std::uintptr_t>(&ticks); // where the stack is, which ASLR chose
    mixed *= 0x9E3779B97F4A7C15;                       // every bit of the sources reaches the upper bytes
    __stack_chk_guard =
        (mixed ^ (mixed >> 29U)) & ~static_cast<std::uintptr_t>(0xFF); // a NUL stops string overruns
}

// A stack that was overrun, and a copy beyond its object (_FORTIFY_SOURCE): the process ends at once, without
// a handler that could be misled (__fastfail, winnt.h).
[[noreturn]] void __stack_chk_fail() {
    __asm__ volatile("int $0x29" : : "c"(2)); // FAST_FAIL_STACK_COOKIE_CHECK_FAILURE
    __builtin_unreachable();
}

[[noreturn]] void __chk_fail() {
    __asm__ volatile("int $0x29" : : "c"(8)); // FAST_FAIL_RANGE_CHECK_FAILURE
    __builtin_unreachable();
}
}
