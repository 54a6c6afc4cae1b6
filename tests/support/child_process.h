// Runs a piece of a test in a process of its own: code that may crash, must give up rights, or must not hang.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wta::test {

struct ChildOutcome {
    std::optional<int> exit_code; // nothing: ended by a signal
    int signal = 0;
    std::string out;
    std::string err;
};

// What `work` returns becomes the exit code; ended by SIGALRM after a minute. `work` must not use Catch2's
// macros.
[[nodiscard]] ChildOutcome in_child(const std::function<int()>& work);

// The same as an ordinary user: root may write what the mode forbids. Needs root, and throws without.
[[nodiscard]] ChildOutcome in_child_as_nobody(const std::function<int()>& work);

[[nodiscard]] ChildOutcome run_program(std::vector<std::string> command);

} // namespace wta::test
