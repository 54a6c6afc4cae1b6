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

// The line that splits into these words again, here and in every program that follows Microsoft's rules. The
// first word is the path of a program, so it holds no quote; it always stands in quotes, because Windows
// would otherwise try what is before its first blank.
[[nodiscard]] std::wstring join_command_line(const std::vector<std::wstring>& words);

} // namespace wta::platform
