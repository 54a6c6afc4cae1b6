// Turns errno into an Error.
#pragma once

#include "common/base/result.h"

#include <string>

namespace wta::platform {

// Take errno on the very next line after the call that failed.
[[nodiscard]] ErrorCode code_of_errno(int number);
// "open \"/x\": no such file or directory (2)"
[[nodiscard]] std::unexpected<Error> os_failure(std::string_view doing, int number);
[[nodiscard]] std::string describe_errno(int number);

} // namespace wta::platform
