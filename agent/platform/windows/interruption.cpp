#include "agent/platform/windows/interruption.h"

#include "agent/platform/windows/console.h"
#include "agent/platform/windows/resident_signals.h"

#include <windows.h>

#include <atomic>
#include <string_view>

namespace wta::platform {
namespace {

constexpr UINT control_c_exit = 0xC000'013A; // STATUS_CONTROL_C_EXIT

std::string_view cause(DWORD event) {
    switch (event) {
    case CTRL_C_EVENT: return "Ctrl-C";
    case CTRL_BREAK_EVENT: return "Ctrl-Break";
    case CTRL_CLOSE_EVENT: return "the closing of its window";
    default: return {};
    }
}

void tell(std::string_view text) {
    DWORD written = 0;
    ::WriteFile(::GetStdHandle(STD_ERROR_HANDLE), text.data(), static_cast<DWORD>(text.size()), &written,
                nullptr);
}

// Runs in a thread of its own, while others hold any lock: hence neither stdio nor ExitProcess.
BOOL WINAPI end_process(DWORD event) {
    const std::string_view what = cause(event);
    if (what.empty()) return FALSE; // log-off and shutdown concern services only
    tell("wsus-trust-agent: ");
    tell(what);
    tell(" ended the run. Each change is made whole or not at all; the next run goes on from there.\r\n");
    restore_console();
    ::TerminateProcess(::GetCurrentProcess(), control_c_exit);
    return TRUE;
}

// Windows gives a handler no context. Null: the next handler decides.
constinit std::atomic<ResidentSignals*> to_be_stopped = nullptr;

BOOL WINAPI raise_stop(DWORD event) {
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
    ResidentSignals* const signals = to_be_stopped.exchange(nullptr);
    if (signals == nullptr) return FALSE;
    signals->raise(Signal::stop);
    return TRUE;
}

} // namespace

void end_when_interrupted() { ::SetConsoleCtrlHandler(end_process, TRUE); }

void end_by_default() { ::SetConsoleCtrlHandler(end_process, FALSE); }

StopWhenInterrupted::StopWhenInterrupted(ResidentSignals& signals) {
    to_be_stopped = &signals;
    ::SetConsoleCtrlHandler(raise_stop, TRUE);
}

StopWhenInterrupted::~StopWhenInterrupted() {
    ::SetConsoleCtrlHandler(raise_stop, FALSE);
    to_be_stopped = nullptr;
}

} // namespace wta::platform
