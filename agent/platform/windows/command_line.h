// The words of a command line of Windows, which is one text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wta::platform {

// As CommandLineToArgvW splits a line that is not empty: its own rule for the first word, the program; for
// the others quotes, backslashes before quotes, and two quotes inside of quotes for one. That function itself
// would load shell32, and with it more libraries than all else that a run needs.
[[nodiscard]] std::vector<std::wstring> split_command_line(std::wstring_view line);

} // namespace wta::platform
