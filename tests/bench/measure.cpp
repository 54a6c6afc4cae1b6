// measure RUNS FILE: runs the commands of FILE in turn, RUNS times each, and prints a line for every run:
// its number, nanoseconds, exit code, peak memory in KiB.
//
// A small program of its own: what starts a process shows in that one's time and, with Linux, in its peak
// memory. A command is a line of words separated by tabs, the first one a path; lines that begin with "env"
// and a tab set the whole environment of all that follow. Standard streams are /dev/null.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

using Words = std::vector<std::string>;

struct Command {
    Words words;
    Words environment;
};

Words split(const std::string& line) {
    Words words(1);
    for (const char c : line) {
        if (c == '\t')
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

std::vector<Command> read_commands(const char* path) {
    std::ifstream file(path);
    std::vector<Command> commands;
    Words environment;
    for (std::string line; std::getline(file, line);) {
        Words words = split(line);
        if (words.front() == "env")
            environment.assign(words.begin() + 1, words.end());
        else
            commands.push_back({std::move(words), environment});
    }
    return commands;
}

std::vector<char*> pointers_to(Words& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

// False when it cannot be started.
bool run_once(std::size_t number, Command& command, const posix_spawn_file_actions_t& streams) {
    const std::vector<char*> words = pointers_to(command.words);
    const std::vector<char*> environment = pointers_to(command.environment);
    pid_t child = 0;
    int status = 0;
    struct rusage used{};
    const auto start = std::chrono::steady_clock::now();
    if (::posix_spawn(&child, words.front(), &streams, nullptr, words.data(), environment.data()) != 0)
        return false;
    while (::wait4(child, &status, 0, &used) == -1) {}
    const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - start;
    const int exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    std::printf("%zu %lld %d %ld\n", number, static_cast<long long>(taken.count()), exit, used.ru_maxrss);
    return true;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: measure RUNS FILE\n", stderr);
        return 2;
    }
    auto commands = read_commands(argv[2]);
    posix_spawn_file_actions_t streams;
    ::posix_spawn_file_actions_init(&streams);
    ::posix_spawn_file_actions_addopen(&streams, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&streams, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&streams, 2, "/dev/null", O_WRONLY, 0);
    const long runs = std::strtol(argv[1], nullptr, 10);
    for (long run = 0; run < runs; ++run)
        for (std::size_t i = 0; i < commands.size(); ++i)
            if (!run_once(i, commands[i], streams)) {
                std::fprintf(stderr, "measure: %s cannot be started\n", commands[i].words.front().c_str());
                return 1;
            }
    return 0;
}
