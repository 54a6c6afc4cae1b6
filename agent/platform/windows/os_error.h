// Turns an error number of Windows into an Error.
#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

namespace wta::platform {

// `number` is what GetLastError() gave on the very next line after the call that failed, or a LSTATUS.
[[nodiscard]] ErrorCode code_of_windows_error(unsigned long number);
// "open \"C:\\x\": the system cannot find the file specified (2)"; English wherever the system has English
// texts, else in its own language. An HRESULT is shown as 0x80092004.
[[nodiscard]] std::unexpected<Error> windows_failure(std::string_view doing, unsigned long number);
[[nodiscard]] std::string describe_windows_error(unsigned long number);

} // namespace wta::platform
