#include "agent/platform/windows/service_host.h"

#include "agent/platform/platform.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <winsvc.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace wta::platform {
namespace {

constexpr DWORD run_now_control = 128; // the first of those that a program may define
constexpr DWORD grace = 1'000;         // ms from the signal to the end
constexpr DWORD hint = 2'000;          // ms that starting or stopping may take
constexpr int unexpected_exit = 8;

// Shutdown is told beforehand, while all other services still run: whoever accepts that gets no second
// notice.
constexpr DWORD accepted =
    SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_POWEREVENT | SERVICE_ACCEPT_TIMECHANGE;

// The state as the service manager knows it. Two threads report; nothing may follow the end.
class Reporter {
public:
    void begin(SERVICE_STATUS_HANDLE status) {
        const std::lock_guard lock(mutex_);
        status_ = status;
    }

    void report(DWORD state, int exit = 0) {
        const std::lock_guard lock(mutex_);
        if (status_ == nullptr || ended_ || (stopping_ && state != SERVICE_STOPPED)) return;
        ended_ = state == SERVICE_STOPPED;
        stopping_ = state == SERVICE_STOP_PENDING;
        const bool pending = state == SERVICE_START_PENDING || stopping_;
        SERVICE_STATUS status{.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
                              .dwCurrentState = state,
                              .dwControlsAccepted = state == SERVICE_RUNNING ? accepted : 0,
                              .dwWin32ExitCode =
                                  exit == 0 ? DWORD{NO_ERROR} : DWORD{ERROR_SERVICE_SPECIFIC_ERROR},
                              .dwServiceSpecificExitCode = static_cast<DWORD>(exit),
                              .dwCheckPoint = pending ? ++checkpoint_ : 0,
                              .dwWaitHint = pending ? hint : 0};
        ::SetServiceStatus(status_, &status);
    }

private:
    std::mutex mutex_;
    SERVICE_STATUS_HANDLE status_ = nullptr;
    DWORD checkpoint_ = 0;
    bool stopping_ = false;
    bool ended_ = false;
};

class Host {
public:
    Host(const std::string& name, ServiceBody body)
        : name_(to_wide(name)), body_(std::move(body)),
          finished_(::CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

    // Until the service has ended; false when there is no service manager that waits for us.
    bool dispatch(LPSERVICE_MAIN_FUNCTIONW service_main) {
        const std::array<SERVICE_TABLE_ENTRYW, 2> table{{{name_.data(), service_main}, {nullptr, nullptr}}};
        return ::StartServiceCtrlDispatcherW(table.data()) != 0;
    }

    void serve(const ServiceStart& start) {
        const SERVICE_STATUS_HANDLE status =
            ::RegisterServiceCtrlHandlerExW(name_.c_str(), handle_control, this);
        if (status == nullptr) return;
        reporter_.begin(status);
        if (!is_open(finished_)) {
            reporter_.report(SERVICE_STOPPED, unexpected_exit);
            return;
        }
        reporter_.report(SERVICE_START_PENDING);
        std::thread worker([this, start] { run_body(start); });
        reporter_.report(SERVICE_RUNNING);
        end(worker);
    }

    [[nodiscard]] int exit() const { return exit_; }
    [[nodiscard]] bool hangs() const { return hangs_; }

private:
    // In the thread that dispatches.
    static DWORD WINAPI handle_control(DWORD control, DWORD event, void* /*data*/, void* context) {
        auto* const host = static_cast<Host*>(context);
        if (control == SERVICE_CONTROL_INTERROGATE) return NO_ERROR;
        const auto signal = signal_of(control, event);
        if (!signal) return control == SERVICE_CONTROL_POWEREVENT ? NO_ERROR : ERROR_CALL_NOT_IMPLEMENTED;
        if (*signal == Signal::stop) host->reporter_.report(SERVICE_STOP_PENDING);
        host->signals_.raise(*signal);
        return NO_ERROR;
    }

    void run_body(const ServiceStart& start) {
        int exit = unexpected_exit;
        try {
            exit = body_(signals_, start);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "wsus-trust-agent: An unexpected error ended the service: %s\n",
                         error.what());
        }
        body_exit_ = exit;
        ::SetEvent(finished_.get());
    }

    // When it has been stopped, the body may finish what it does; but what hangs is left.
    void end(std::thread& worker) {
        const std::array<HANDLE, 2> events{finished_.get(), signals_.handle(Signal::stop)};
        ::WaitForMultipleObjects(static_cast<DWORD>(events.size()), events.data(), FALSE, INFINITE);
        const bool asked_to = signals_.stop_raised();
        hangs_ = ::WaitForSingleObject(finished_.get(), asked_to ? grace : INFINITE) != WAIT_OBJECT_0;
        if (!hangs_) worker.join();
        exit_ = asked_to ? 0 : body_exit_.load();
        reporter_.report(SERVICE_STOPPED, exit_);
        if (hangs_) end_now(exit_);
    }

    std::wstring name_;
    ServiceBody body_;
    ResidentSignals signals_;
    Handle finished_;
    Reporter reporter_;
    std::atomic<int> body_exit_ = unexpected_exit;
    std::atomic<int> exit_ = unexpected_exit;
    std::atomic<bool> hangs_ = false;
};

// Windows gives the main function of a service no context. Set before Windows calls anything; shared, because
// that function may still be returning when the dispatcher does.
std::shared_ptr<Host> current_host;

void WINAPI service_main(DWORD count, wchar_t** arguments) {
    const std::shared_ptr<Host> host = current_host;
    host->serve(service_start({arguments, arguments + count}));
}

} // namespace

std::optional<int> run_as_service(const std::string& name, const ServiceBody& body) {
    const auto host = std::make_shared<Host>(name, body);
    current_host = host;
    if (!host->dispatch(service_main)) {
        // A resident that the service manager started and cannot reach must not go on as if by hand.
        if (::GetLastError() == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) return std::nullopt;
        return unexpected_exit;
    }
    if (host->hangs()) end_now(host->exit()); // the dispatcher may return before service_main() gets there
    return host->exit();
}

std::optional<Signal> signal_of(std::uint32_t control, std::uint32_t event) {
    switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
    case SERVICE_CONTROL_PRESHUTDOWN: return Signal::stop;
    case SERVICE_CONTROL_TIMECHANGE: return Signal::clock_changed;
    case SERVICE_CONTROL_POWEREVENT:
        // Once for each time that the machine wakes; PBT_APMRESUMESUSPEND only follows it, when a user is
        // there.
        if (event == PBT_APMRESUMEAUTOMATIC || event == PBT_APMRESUMECRITICAL) return Signal::resumed;
        return std::nullopt;
    case run_now_control: return Signal::run_now;
    default: return std::nullopt;
    }
}

ServiceStart service_start(const std::vector<std::wstring>& arguments) {
    for (std::size_t i = 1; i < arguments.size(); ++i)
        if (arguments[i] == L"now") return {.enforce_now = true};
    return {};
}

} // namespace wta::platform
