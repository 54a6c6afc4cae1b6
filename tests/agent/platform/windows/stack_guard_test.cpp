#include "agent/platform/platform.h"
#include "tests/support/second_process.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <cstring>

using namespace wta;

namespace {

constexpr unsigned long stack_buffer_overrun = 0xC000'0409; // STATUS_STACK_BUFFER_OVERRUN

// As a copy does whose length an attacker chose. The compiler must not see it.
[[gnu::noinline]] int overrun(std::size_t length) {
    char buffer[16];
    void* (*volatile fill)(void*, int, std::size_t) = &std::memset;
    fill(buffer, 'A', length);
    return buffer[0];
}

} // namespace

TEST_CASE("a stack that was overrun ends the process at once") {
    if (test::second_process()) platform::end_now(overrun(64));
    CHECK(test::run_again(L"overrun").exit_code == stack_buffer_overrun);
}

extern "C" std::uintptr_t __stack_chk_guard; // NOLINT: the compiler's name

TEST_CASE("the guard of the stack is a value of this process") {
    CHECK(__stack_chk_guard != 0x00002B992DDFA232);
    CHECK((__stack_chk_guard & 0xFFU) == 0);
}
