// What the operating system knows about this process and its files; one implementation per system.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <optional>
#include <string>

namespace wta::platform {

// Root or LocalSystem: what this process reads must not be writable by ordinary users.
[[nodiscard]] bool is_elevated();

// Nothing when only administrators can change `file` (and the folders that hold it and the link that leads to
// it); otherwise a sentence that says who could.
[[nodiscard]] std::optional<std::string> writable_by_others(const std::filesystem::path& file);

// Called first: no file that is opened later gets the number of a closed standard stream, and a write to a
// closed pipe or beyond a size limit is an error, not the end of the process.
void prepare_process();

[[nodiscard]] std::filesystem::path executable_path();

[[nodiscard]] std::string computer_name();

// A regular file of at most `limit` bytes. Errors: not_found, access_denied, too_large, invalid (no regular
// file), io.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit);

struct Terminal {
    bool is_terminal = false;
    int width = 0; // columns; 0: unknown
};
[[nodiscard]] Terminal standard_output();

} // namespace wta::platform
