#include "agent/platform/windows/service_manager.h"

#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <winsvc.h>

#include <array>
#include <cstddef>
#include <utility>

namespace wta::platform {
namespace {

struct CloseService {
    void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using ServiceHandle = std::unique_ptr<SC_HANDLE__, CloseService>;

constexpr DWORD largest_configuration = 8'192; // what QueryServiceConfig ever needs

ServiceState state_of(DWORD state) {
    switch (state) {
    case SERVICE_START_PENDING: return ServiceState::starting;
    case SERVICE_STOP_PENDING: return ServiceState::stopping;
    case SERVICE_RUNNING: return ServiceState::running;
    case SERVICE_CONTINUE_PENDING: return ServiceState::continuing;
    case SERVICE_PAUSE_PENDING: return ServiceState::pausing;
    case SERVICE_PAUSED: return ServiceState::paused;
    default: return ServiceState::stopped;
    }
}

ServiceStartType start_type_of(DWORD type) {
    switch (type) {
    case SERVICE_AUTO_START: return ServiceStartType::automatic;
    case SERVICE_DEMAND_START: return ServiceStartType::by_hand;
    case SERVICE_DISABLED: return ServiceStartType::disabled;
    default: return ServiceStartType::driver;
    }
}

// Hands the structure of each trait to Windows.
class Setter {
public:
    explicit Setter(SC_HANDLE service) : service_(service) {}

    bool operator()(const ServiceDescription& description) const {
        std::wstring text = to_wide(description.text);
        return change(SERVICE_CONFIG_DESCRIPTION, SERVICE_DESCRIPTIONW{.lpDescription = text.data()});
    }
    bool operator()(const DelayedStart& /*delayed*/) const {
        return change(SERVICE_CONFIG_DELAYED_AUTO_START_INFO,
                      SERVICE_DELAYED_AUTO_START_INFO{.fDelayedAutostart = TRUE});
    }
    bool operator()(const Recovery& recovery) const {
        std::vector<SC_ACTION> actions;
        for (const std::chrono::milliseconds after : recovery.restart_after)
            actions.push_back({.Type = SC_ACTION_RESTART, .Delay = static_cast<DWORD>(after.count())});
        return change(
            SERVICE_CONFIG_FAILURE_ACTIONS,
            SERVICE_FAILURE_ACTIONSW{.dwResetPeriod = static_cast<DWORD>(recovery.forget_after.count()),
                                     .lpRebootMsg = nullptr,
                                     .lpCommand = nullptr,
                                     .cActions = static_cast<DWORD>(actions.size()),
                                     .lpsaActions = actions.data()});
    }
    bool operator()(const RecoveryAlsoAfterExit& /*also*/) const {
        return change(SERVICE_CONFIG_FAILURE_ACTIONS_FLAG,
                      SERVICE_FAILURE_ACTIONS_FLAG{.fFailureActionsOnNonCrashFailures = TRUE});
    }
    bool operator()(const PreshutdownTime& preshutdown) const {
        return change(
            SERVICE_CONFIG_PRESHUTDOWN_INFO,
            SERVICE_PRESHUTDOWN_INFO{.dwPreshutdownTimeout = static_cast<DWORD>(preshutdown.time.count())});
    }
    bool operator()(const UnrestrictedServiceSid& /*sid*/) const {
        return change(SERVICE_CONFIG_SERVICE_SID_INFO,
                      SERVICE_SID_INFO{.dwServiceSidType = SERVICE_SID_TYPE_UNRESTRICTED});
    }
    bool operator()(const RequiredPrivileges& privileges) const {
        std::wstring names;
        for (const std::string& name : privileges.names) names += to_wide(name) + L'\0';
        names += L'\0';
        return change(SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO,
                      SERVICE_REQUIRED_PRIVILEGES_INFOW{.pmszRequiredPrivileges = names.data()});
    }

private:
    template <class Info>
    [[nodiscard]] bool change(DWORD level, Info info) const {
        return ::ChangeServiceConfig2W(service_, level, &info) != 0;
    }

    SC_HANDLE service_;
};

class WindowsServiceManager : public ServiceManager {
public:
    explicit WindowsServiceManager(const std::string& name)
        : name_(to_wide(name)), shown_("service " + name) {}

    Result<void> put(const ServiceBasics& basics) override {
        const auto manager = open_manager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
        if (!manager) return std::unexpected(manager.error());
        const std::wstring display = to_wide(basics.display_name);
        const std::wstring image = to_wide(basics.image_path);
        const ServiceHandle created(::CreateServiceW(manager->get(), name_.c_str(), display.c_str(),
                                                     SERVICE_QUERY_STATUS, SERVICE_WIN32_OWN_PROCESS,
                                                     SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, image.c_str(),
                                                     nullptr, nullptr, nullptr, nullptr, nullptr));
        const DWORD number = ::GetLastError();
        if (created) return {};
        if (number != ERROR_SERVICE_EXISTS) return windows_failure("create " + shown_, number);
        return change(display, image);
    }

    Result<void> set(const ServiceTrait& trait) override {
        // A restart as recovery may be set by who may start it.
        const auto service = open(SERVICE_CHANGE_CONFIG | SERVICE_START);
        if (!service) return std::unexpected(service.error());
        if (std::visit(Setter(service->get()), trait)) return {};
        return windows_failure("configure " + shown_, ::GetLastError());
    }

    Result<void> remove() override {
        const auto service = open(DELETE);
        if (!service) return std::unexpected(service.error());
        if (::DeleteService(service->get()) != 0) return {};
        const DWORD number = ::GetLastError();
        if (number == ERROR_SERVICE_MARKED_FOR_DELETE) return {};
        return windows_failure("remove " + shown_, number);
    }

    Result<void> start(const std::vector<std::string>& arguments) override {
        const auto service = open(SERVICE_START);
        if (!service) return std::unexpected(service.error());
        std::vector<std::wstring> words;
        for (const std::string& argument : arguments) words.push_back(to_wide(argument));
        std::vector<const wchar_t*> pointers;
        for (const std::wstring& word : words) pointers.push_back(word.c_str());
        if (::StartServiceW(service->get(), static_cast<DWORD>(pointers.size()), pointers.data()) != 0)
            return {};
        const DWORD number = ::GetLastError();
        if (number == ERROR_SERVICE_ALREADY_RUNNING) return {};
        return windows_failure("start " + shown_, number);
    }

    Result<void> stop() override {
        const auto service = open(SERVICE_STOP);
        if (!service) return std::unexpected(service.error());
        SERVICE_STATUS status{};
        if (::ControlService(service->get(), SERVICE_CONTROL_STOP, &status) != 0) return {};
        const DWORD number = ::GetLastError();
        if (number == ERROR_SERVICE_NOT_ACTIVE) return {};
        return windows_failure("stop " + shown_, number);
    }

    Result<std::optional<ServiceRecord>> query() override {
        const auto service = open(SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG);
        if (!service) {
            if (service.error().code == ErrorCode::not_found) return std::nullopt;
            return std::unexpected(service.error());
        }
        ServiceRecord record;
        WTA_TRY(read_status(service->get(), record));
        WTA_TRY(read_configuration(service->get(), record));
        return record;
    }

private:
    [[nodiscard]] static Result<ServiceHandle> open_manager(DWORD rights) {
        ServiceHandle manager(::OpenSCManagerW(nullptr, SERVICES_ACTIVE_DATABASEW, rights));
        const DWORD number = ::GetLastError();
        if (!manager) return windows_failure("open the service manager", number);
        return manager;
    }

    [[nodiscard]] Result<ServiceHandle> open(DWORD rights) const {
        const auto manager = open_manager(SC_MANAGER_CONNECT);
        if (!manager) return std::unexpected(manager.error());
        ServiceHandle service(::OpenServiceW(manager->get(), name_.c_str(), rights));
        const DWORD number = ::GetLastError();
        if (service) return service;
        if (number == ERROR_SERVICE_DOES_NOT_EXIST)
            return fail(ErrorCode::not_found, "there is no " + shown_, static_cast<int>(number));
        return windows_failure("open " + shown_, number);
    }

    [[nodiscard]] Result<void> change(const std::wstring& display, const std::wstring& image) const {
        const auto service = open(SERVICE_CHANGE_CONFIG);
        if (!service) return std::unexpected(service.error());
        if (::ChangeServiceConfigW(service->get(), SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                   SERVICE_ERROR_NORMAL, image.c_str(), nullptr, nullptr, nullptr,
                                   L"LocalSystem", L"", display.c_str()) != 0)
            return {};
        return windows_failure("configure " + shown_, ::GetLastError());
    }

    [[nodiscard]] Result<void> read_status(SC_HANDLE service, ServiceRecord& record) const {
        SERVICE_STATUS_PROCESS status{};
        DWORD needed = 0;
        if (::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status),
                                   sizeof status, &needed) == 0)
            return windows_failure("query " + shown_, ::GetLastError());
        record.state = state_of(status.dwCurrentState);
        record.process = status.dwProcessId;
        record.exit_code = status.dwWin32ExitCode;
        record.own_code = status.dwServiceSpecificExitCode;
        return {};
    }

    [[nodiscard]] Result<void> read_configuration(SC_HANDLE service, ServiceRecord& record) const {
        alignas(QUERY_SERVICE_CONFIGW) std::array<std::byte, largest_configuration> buffer{};
        auto* const found = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
        DWORD needed = 0;
        if (::QueryServiceConfigW(service, found, largest_configuration, &needed) == 0)
            return windows_failure("query " + shown_, ::GetLastError());
        record.start = start_type_of(found->dwStartType);
        if (found->lpBinaryPathName != nullptr) record.image_path = from_wide(found->lpBinaryPathName);
        if (found->lpServiceStartName != nullptr) record.account = from_wide(found->lpServiceStartName);
        SERVICE_DELAYED_AUTO_START_INFO delayed{}; // what cannot be queried is not set either
        if (::QueryServiceConfig2W(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO,
                                   reinterpret_cast<BYTE*>(&delayed), sizeof delayed, &needed) != 0)
            record.delayed = delayed.fDelayedAutostart != FALSE;
        return {};
    }

    std::wstring name_;
    std::string shown_;
};

} // namespace

std::unique_ptr<ServiceManager> service_manager(const std::string& name) {
    return std::make_unique<WindowsServiceManager>(name);
}

} // namespace wta::platform
