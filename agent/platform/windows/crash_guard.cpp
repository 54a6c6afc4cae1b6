#include "agent/platform/crash_guard.h"

#include "agent/platform/windows/console.h"
#include "agent/platform/windows/full_path.h"

#include <windows.h>

#include <array>
#include <atomic>
#include <csignal>
#include <string_view>
#include <utility>

namespace wta::platform {
namespace {

constexpr UINT exit_endpoint_unusable = 9;

constexpr std::string_view sentence =
    "wsus-trust-agent: the hive is damaged, or was changed while it was being read; it was not overwritten. "
    "Check the image, then run again.\r\n";

using Abort = void (*)(int);

// A handler is given no context; these are its only globals. It reads the two pointers, which always point
// to what is finished.
struct HandlerState {
    std::atomic<const wchar_t*> temporary_file{nullptr};
    std::atomic<const LastWords*> words{nullptr};
};
static_assert(std::atomic<const wchar_t*>::is_always_lock_free &&
              std::atomic<const LastWords*>::is_always_lock_free);

struct GuardState {
    HandlerState handler;
    std::array<std::wstring, 2> temporary_files; // the one in use, and the next
    std::size_t temporary_file_in_use = 0;
    LastWords words;
    int guards = 0;
    CrashGuard::Signals signals{};
    Abort abort_before = SIG_DFL;
    LPTOP_LEVEL_EXCEPTION_FILTER filter_before = nullptr;
};

GuardState& state() {
    static GuardState instance;
    return instance;
}

void write_all(DWORD stream, std::string_view text) {
    const HANDLE handle = ::GetStdHandle(stream);
    while (!text.empty()) {
        DWORD count = 0;
        if (::WriteFile(handle, text.data(), static_cast<DWORD>(text.size()), &count, nullptr) == 0 ||
            count == 0)
            return;
        text.remove_prefix(count);
    }
}

void remove_temporary_file() {
    if (const wchar_t* const file = state().handler.temporary_file.load()) ::DeleteFileW(file);
}

// The state exists before the handler is installed, so reaching it here initialises nothing.
void end_decently() {
    const LastWords* const words = state().handler.words.load();
    if (words == nullptr || words->sentence) write_all(STD_ERROR_HANDLE, sentence);
    if (words != nullptr) write_all(STD_OUTPUT_HANDLE, words->document);
    remove_temporary_file();
    restore_console();
    ::TerminateProcess(::GetCurrentProcess(),
                       words == nullptr ? exit_endpoint_unusable : static_cast<UINT>(words->exit));
}

void on_abort(int /*signal*/) { end_decently(); }

bool is_memory_fault(DWORD code) {
    return code == EXCEPTION_ACCESS_VIOLATION || code == EXCEPTION_STACK_OVERFLOW ||
           code == EXCEPTION_IN_PAGE_ERROR; // the file behind a mapping cannot be read any more
}

// Only what nobody handles comes here: Windows' own libraries raise and handle some of these on purpose.
LONG WINAPI on_exception(EXCEPTION_POINTERS* exception) {
    if (is_memory_fault(exception->ExceptionRecord->ExceptionCode)) end_decently();
    const auto before = state().filter_before;
    return before == nullptr ? EXCEPTION_CONTINUE_SEARCH : before(exception);
}

// Somebody wants the process to end: the handlers below this one decide how.
BOOL WINAPI on_interruption(DWORD event) {
    if (event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT || event == CTRL_CLOSE_EVENT)
        remove_temporary_file();
    return FALSE;
}

} // namespace

CrashGuard::Signals CrashGuard::usual_signals() { return Signals::memory_faults_too; }

CrashGuard::CrashGuard(Signals signals) {
    GuardState& shared = state();
    if (shared.guards++ > 0) return;
    shared.signals = signals;
    shared.abort_before = std::signal(SIGABRT, on_abort);
    if (signals == Signals::memory_faults_too) {
        ULONG stack = 64UL * 1024; // what is left to the handler when the stack overflowed
        ::SetThreadStackGuarantee(&stack);
        shared.filter_before = ::SetUnhandledExceptionFilter(on_exception);
    }
    ::SetConsoleCtrlHandler(on_interruption, TRUE);
}

CrashGuard::~CrashGuard() {
    GuardState& shared = state();
    if (--shared.guards > 0) return;
    ::SetConsoleCtrlHandler(on_interruption, FALSE);
    if (shared.signals == Signals::memory_faults_too) ::SetUnhandledExceptionFilter(shared.filter_before);
    std::signal(SIGABRT, shared.abort_before);
    set_temporary_file({});
}

void CrashGuard::prepare(LastWords words) {
    GuardState& shared = state();
    shared.handler.words.store(nullptr);
    shared.words = std::move(words);
    shared.handler.words.store(&shared.words);
}

void CrashGuard::set_temporary_file(const std::filesystem::path& path) {
    GuardState& shared = state();
    const auto full = full_path(path);
    if (!full) {
        shared.handler.temporary_file.store(nullptr);
        return;
    }
    shared.temporary_file_in_use = 1 - shared.temporary_file_in_use;
    std::wstring& slot = shared.temporary_files[shared.temporary_file_in_use];
    slot = *full;
    shared.handler.temporary_file.store(slot.c_str());
}

} // namespace wta::platform
