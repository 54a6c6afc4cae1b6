#include "agent/platform/platform.h"

#include <windows.h>

#include <utility>

namespace wta::platform {

Process::Process() = default;
Process::~Process() = default;

std::vector<std::string> arguments(int argc, const char* const* argv) { return {argv, argv + argc}; }

void end_now(int exit) {
    ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(exit));
    std::unreachable();
}

} // namespace wta::platform
