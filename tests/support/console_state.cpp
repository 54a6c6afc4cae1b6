// Runs a command line and prints how the console was before and after it: console-state COMMAND…
#include <windows.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

std::string state() {
    DWORD out = 0;
    DWORD err = 0;
    ::GetConsoleMode(::GetStdHandle(STD_OUTPUT_HANDLE), &out);
    ::GetConsoleMode(::GetStdHandle(STD_ERROR_HANDLE), &err);
    return "code page " + std::to_string(::GetConsoleOutputCP()) + ", modes " + std::to_string(out) + " " +
           std::to_string(err);
}

// Unlike being told to ignore Ctrl-C, this is not handed on to the command.
BOOL WINAPI outlive(DWORD /*event*/) { return TRUE; }

std::wstring without_first_word(std::wstring_view line) {
    const bool quoted = line.starts_with(L'"');
    const std::size_t end = line.find(quoted ? L'"' : L' ', 1);
    const std::size_t next = line.find_first_not_of(L' ', end + 1);
    return std::wstring(line.substr(next));
}

} // namespace

int main() {
    ::SetConsoleCtrlHandler(outlive, TRUE);
    const std::string before = state();
    std::wstring command = without_first_word(::GetCommandLineW());
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION started{};
    if (::CreateProcessW(nullptr, command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup,
                         &started) == 0)
        return 99;
    ::WaitForSingleObject(started.hProcess, INFINITE);
    DWORD exit_code = 0;
    ::GetExitCodeProcess(started.hProcess, &exit_code);
    const std::string told =
        "before: " + before + "; after: " + state() + "; exit " + std::to_string(exit_code) + ";";
    DWORD written = 0;
    ::WriteFile(::GetStdHandle(STD_OUTPUT_HANDLE), told.data(), static_cast<DWORD>(told.size()), &written,
                nullptr);
    return 0;
}
