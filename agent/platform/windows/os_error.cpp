#include "agent/platform/windows/os_error.h"

#include <fmt/format.h>
#include <windows.h>

namespace wta::platform {

ErrorCode code_of_windows_error(unsigned long number) {
    switch (number) {
    case ERROR_ACCESS_DENIED: return ErrorCode::access_denied;
    default: return ErrorCode::io;
    }
}

std::string describe_windows_error(unsigned long number) { return fmt::format("error {}", number); }

std::unexpected<Error> windows_failure(std::string_view doing, unsigned long number) {
    return fail(code_of_windows_error(number),
                std::string(doing) + ": " + describe_windows_error(number), static_cast<int>(number));
}

} // namespace wta::platform
