#include "tests/support/child_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace wta::test {
namespace {

constexpr unsigned longest_run = 60; // seconds
constexpr uid_t nobody = 65534;

// A file in memory: unlike a pipe it never fills up.
class Output {
public:
    explicit Output(const char* name) : fd_(::memfd_create(name, MFD_CLOEXEC)) {
        if (fd_ < 0) throw std::runtime_error("no file in memory can be made");
    }
    ~Output() { ::close(fd_); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void become(int target) const { ::dup2(fd_, target); }
    [[nodiscard]] std::string text() const {
        std::string result;
        std::array<char, 4096> buffer{};
        off_t offset = 0;
        for (;;) {
            const ssize_t count = ::pread(fd_, buffer.data(), buffer.size(), offset);
            if (count <= 0) return result;
            result.append(buffer.data(), static_cast<std::size_t>(count));
            offset += count;
        }
    }

private:
    int fd_;
};

ChildOutcome run(const std::function<int()>& work) {
    const Output out("stdout");
    const Output err("stderr");
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no process can be made");
    if (child == 0) {
        out.become(STDOUT_FILENO);
        err.become(STDERR_FILENO);
        ::alarm(longest_run);
        const int result = work();
        std::fflush(nullptr);
        ::_exit(result);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child) throw std::runtime_error("a process is lost");
    ChildOutcome outcome{.exit_code = std::nullopt, .signal = 0, .out = out.text(), .err = err.text()};
    if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
    return outcome;
}

} // namespace

ChildOutcome in_child(const std::function<int()>& work) { return run(work); }

ChildOutcome in_child_as_nobody(const std::function<int()>& work) {
    if (::geteuid() != 0) throw std::runtime_error("this test needs root, to give its rights up");
    return run([&] {
        if (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0) return 99;
        return work();
    });
}

ChildOutcome run_program(std::vector<std::string> command) {
    return run([&] {
        std::vector<char*> arguments;
        for (std::string& word : command) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        ::execvp(arguments.front(), arguments.data());
        std::fprintf(stderr, "%s cannot be run\n", arguments.front());
        return 127;
    });
}

} // namespace wta::test
