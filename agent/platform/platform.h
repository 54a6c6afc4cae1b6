// What the operating system knows about this process and its files; one implementation per system.
#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wta::platform {

// Root or LocalSystem: what this process reads must not be writable by ordinary users.
[[nodiscard]] bool is_elevated();

// Nothing when only administrators can change `file` (and the folders that hold it and the link that leads to
// it); otherwise a sentence that says who could.
[[nodiscard]] std::optional<std::string> writable_by_others(const std::filesystem::path& file);

// Nothing when only administrators can read `file`, where a link ends included; otherwise a sentence that
// says who could. Looks at the file alone, not at folders that keep others out as long as they are so.
[[nodiscard]] std::optional<std::string> readable_by_others(const std::filesystem::path& file);

// The process as a whole: the first thing that main() makes, and the last that goes.
//
// No file that is opened later gets the number of a closed standard stream; a write to a closed pipe or
// beyond a size limit is an error, not the end of the process. On Windows: libraries are loaded from the
// system's folder only, the console shows UTF-8 and colours and gets its modes back at the end, and Ctrl-C
// ends a run with a sentence.
class Process {
public:
    Process();
    ~Process(); // NOLINT(performance-trivially-destructible): Windows' has the console to restore
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
};

// The command line in UTF-8, whatever the code page of the process; `argc` and `argv` as main() got them.
[[nodiscard]] std::vector<std::string> arguments(int argc, const char* const* argv);

// Ends the process at once, without tearing down what a thread that cannot be stopped still uses.
[[noreturn]] void end_now(int exit);

[[nodiscard]] std::filesystem::path executable_path();

// The settings of all users of this machine where no file is named and none lies beside the program; nothing
// where the system has no such place.
[[nodiscard]] std::optional<std::filesystem::path> shared_settings_file();

[[nodiscard]] std::string computer_name();

// From the system's generator; zeros when there is none.
void fill_randomly(std::span<std::byte> bytes);

// The file that `typed` names from the working folder, as the system itself completes it: to std::filesystem
// of mingw-w64, \\server\share is a folder of the current drive. What cannot be completed stays as it is.
[[nodiscard]] std::filesystem::path absolute_path(const std::filesystem::path& typed);

// The same for sentences: UTF-8, without "." and "..".
[[nodiscard]] std::string absolute_name(const std::filesystem::path& typed);

// Whether it names the same file from every working folder, and on Windows from every current drive.
[[nodiscard]] bool is_full_path(const std::filesystem::path& path);

// Whether read_file() takes \\server\share\file. Windows logs on to the server as who runs the process (as
// LocalSystem: the computer account), which is a credential.
[[nodiscard]] bool can_read_shares();

// The proxy for https:// and http:// in the system's own words: of Linux the variable https_proxy, of Windows
// WinHTTP's machine setting with its bypass list (WINHTTP_PROXY_INFO). Empty: none.
struct SystemProxy {
    std::string proxy;
    std::string bypass;
    bool operator==(const SystemProxy&) const = default;
};
[[nodiscard]] SystemProxy system_proxy();

// A regular file of at most `limit` bytes. Errors: not_found, access_denied, too_large, invalid (no regular
// file), io.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit);

struct Terminal {
    bool is_terminal = false;
    bool colors = false; // obeys escape sequences
    int width = 0;       // columns; 0: unknown
};
[[nodiscard]] Terminal standard_output();

} // namespace wta::platform
