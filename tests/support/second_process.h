// Runs a program, or the running test once more, in a process of its own (Windows).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace wta::test {

struct ProcessOutcome {
    unsigned long exit_code = 0;
    std::string out;
    std::string err;
};

// Ended after a minute. Throws std::runtime_error when it cannot be started.
[[nodiscard]] ProcessOutcome run_process(const std::filesystem::path& program,
                                         const std::vector<std::wstring>& arguments,
                                         const std::filesystem::path& working_folder = {});

// Without a console and without any standard stream, as services start their children.
[[nodiscard]] unsigned long run_detached(const std::filesystem::path& program,
                                         const std::vector<std::wstring>& arguments);

// The test case that calls this starts again in a process of its own; there, second_process() gives `task`,
// and the test ends the process with end_now() instead of checking anything.
[[nodiscard]] ProcessOutcome run_again(const std::wstring& task,
                                       const std::filesystem::path& working_folder = {});
[[nodiscard]] unsigned long run_again_detached(const std::wstring& task);
[[nodiscard]] std::optional<std::wstring> second_process();

} // namespace wta::test
