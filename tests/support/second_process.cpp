#include "tests/support/second_process.h"

#include "agent/platform/platform.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/scratch_folder.h"

#include <catch2/interfaces/catch_interfaces_capture.hpp>

#include <windows.h>

#include <array>
#include <stdexcept>

namespace wta::test {
namespace {

namespace fs = std::filesystem;
using platform::Handle;

constexpr DWORD longest_run = 60'000; // ms
constexpr const wchar_t* task_variable = L"WSUS_TRUST_AGENT_TEST_TASK";

std::wstring command_line(const fs::path& program, const std::vector<std::wstring>& arguments) {
    std::wstring line = L"\"" + program.native() + L"\"";
    for (const std::wstring& argument : arguments) line += L" \"" + argument + L"\"";
    return line;
}

Handle inheritable_file(const fs::path& path, DWORD access, DWORD how) {
    SECURITY_ATTRIBUTES attributes{
        .nLength = sizeof(SECURITY_ATTRIBUTES), .lpSecurityDescriptor = nullptr, .bInheritHandle = TRUE};
    Handle file(::CreateFileW(path.c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes, how,
                              FILE_ATTRIBUTE_NORMAL, nullptr));
    if (!platform::is_open(file)) throw std::runtime_error(path.string() + " cannot be opened");
    return file;
}

unsigned long run_to_the_end(std::wstring line, STARTUPINFOW startup, DWORD flags,
                             const fs::path& working_folder) {
    PROCESS_INFORMATION started{};
    const wchar_t* folder = working_folder.empty() ? nullptr : working_folder.c_str();
    if (::CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, flags, nullptr, folder, &startup,
                         &started) == 0)
        throw std::runtime_error("no process can be made");
    const Handle process(started.hProcess);
    const Handle thread(started.hThread);
    if (::WaitForSingleObject(process.get(), longest_run) != WAIT_OBJECT_0) {
        ::TerminateProcess(process.get(), 99);
        throw std::runtime_error("a process did not end");
    }
    DWORD exit_code = 0;
    if (::GetExitCodeProcess(process.get(), &exit_code) == 0) throw std::runtime_error("a process is lost");
    return exit_code;
}

std::string text_of(const fs::path& file) {
    const Bytes bytes = read_bytes(file);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// In the environment, for the next process.
class Task {
public:
    explicit Task(const std::wstring& task) {
        if (::SetEnvironmentVariableW(task_variable, task.c_str()) == 0)
            throw std::runtime_error("no variable can be set");
    }
    ~Task() { ::SetEnvironmentVariableW(task_variable, nullptr); }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
};

// As Catch2 wants it on a command line: a comma separates names.
std::wstring running_test() {
    std::wstring escaped;
    for (const wchar_t character : platform::to_wide(Catch::getResultCapture().getCurrentTestName())) {
        if (character == L',') escaped += L'\\';
        escaped += character;
    }
    return escaped;
}

} // namespace

ProcessOutcome run_process(const fs::path& program, const std::vector<std::wstring>& arguments,
                           const fs::path& working_folder) {
    const ScratchFolder scratch;
    const fs::path out = scratch.path() / "out";
    const fs::path err = scratch.path() / "err";
    ProcessOutcome outcome;
    {
        const Handle nothing = inheritable_file(L"NUL", GENERIC_READ, OPEN_EXISTING);
        const Handle out_file = inheritable_file(out, GENERIC_WRITE, CREATE_ALWAYS);
        const Handle err_file = inheritable_file(err, GENERIC_WRITE, CREATE_ALWAYS);
        STARTUPINFOW startup{};
        startup.cb = sizeof startup;
        startup.dwFlags = STARTF_USESTDHANDLES;
        startup.hStdInput = nothing.get();
        startup.hStdOutput = out_file.get();
        startup.hStdError = err_file.get();
        outcome.exit_code = run_to_the_end(command_line(program, arguments), startup, 0, working_folder);
    }
    outcome.out = text_of(out);
    outcome.err = text_of(err);
    return outcome;
}

unsigned long run_detached(const fs::path& program, const std::vector<std::wstring>& arguments) {
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    startup.dwFlags = STARTF_USESTDHANDLES;
    return run_to_the_end(command_line(program, arguments), startup, DETACHED_PROCESS, {});
}

ProcessOutcome run_again(const std::wstring& task, const fs::path& working_folder) {
    const Task set(task);
    return run_process(platform::executable_path(), {running_test()}, working_folder);
}

unsigned long run_again_detached(const std::wstring& task) {
    const Task set(task);
    return run_detached(platform::executable_path(), {running_test()});
}

std::optional<std::wstring> second_process() {
    std::array<wchar_t, 32'768> task{};
    const DWORD length =
        ::GetEnvironmentVariableW(task_variable, task.data(), static_cast<DWORD>(task.size()));
    if (length == 0) return std::nullopt;
    return std::wstring(task.data(), length);
}

} // namespace wta::test
