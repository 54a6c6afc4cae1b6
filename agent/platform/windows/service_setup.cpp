#include "agent/platform/windows/service_setup.h"

#include "agent/platform/windows/command_line.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"
#include "common/base/utf.h"

#include <fmt/format.h>
#include <windows.h>

#include <utility>

namespace wta::platform {
namespace {

using namespace std::chrono_literals;

constexpr const char* display_name = "WSUS Trust Agent";
constexpr const char* description =
    "Keeps the certificate that signs this machine's third-party updates (WSUS, Configuration Manager) "
    "trusted, and "
    "the policy that allows them set. Without it, drift stays until somebody runs 'wsus-trust-agent repair'.";

constexpr auto between_looks = 50ms;
constexpr int looks_for_a_change = 600; // 30 s
constexpr int looks_after_start = 20;   // 1 s

struct NameOfTrait {
    const char* operator()(const ServiceDescription& /*trait*/) const { return "the description"; }
    const char* operator()(const DelayedStart& /*trait*/) const { return "the delayed start"; }
    const char* operator()(const Recovery& /*trait*/) const { return "the restart after a failure"; }
    const char* operator()(const RecoveryAlsoAfterExit& /*trait*/) const {
        return "the restart after an exit with an error";
    }
    const char* operator()(const PreshutdownTime& /*trait*/) const {
        return "the time that a shutdown waits";
    }
    const char* operator()(const UnrestrictedServiceSid& /*trait*/) const { return "the service SID"; }
    const char* operator()(const RequiredPrivileges& /*trait*/) const {
        return "the limit to the privileges that are needed";
    }
};

std::wstring program_of(const std::string& image_path) {
    return split_command_line(to_wide(image_path)).front();
}

bool equal(std::wstring_view a, std::wstring_view b) {
    return ::CompareStringOrdinal(a.data(), static_cast<int>(a.size()), b.data(), static_cast<int>(b.size()),
                                  TRUE) == CSTR_EQUAL;
}

// Some installers write no quotes around a program whose path has blanks; Windows starts it all the same.
bool runs(const std::string& image_path, std::wstring_view program) {
    if (equal(program_of(image_path), program)) return true;
    const std::wstring line = to_wide(image_path) + L' ';
    return equal(std::wstring_view(line).substr(0, program.size() + 1), std::wstring(program) + L' ');
}

Result<void> check_is_ours(const ServiceRecord& record, const std::string& image_path) {
    if (runs(record.image_path, program_of(image_path))) return {};
    return fail(
        ErrorCode::busy,
        fmt::format(
            "there already is a service {} that runs another program, {}; nothing was changed. Remove "
            "it with 'service uninstall' of that program, or with 'sc.exe delete {}'",
            agent_service, printable(record.image_path), agent_service));
}

std::string why_refused(const Error& error) {
    return error.os_code ? describe_windows_error(static_cast<unsigned long>(*error.os_code)) : error.message;
}

// Says what helps.
std::unexpected<Error> explained(Error error) {
    if (error.code == ErrorCode::access_denied) {
        error.reason = ReasonCode::access_denied;
        error.message += "; run it elevated, as an administrator";
    }
    if (error.code == ErrorCode::not_found) error.reason = ReasonCode::service_not_installed;
    if (error.os_code == ERROR_SERVICE_MARKED_FOR_DELETE) {
        error.code = ErrorCode::busy;
        error.message +=
            "; it is being removed: close what looks at it (services.msc, Task Manager), or restart the "
            "machine, then run this again";
    }
    if (error.os_code == ERROR_SERVICE_DISABLED)
        error.message += "; it is disabled: 'service install' sets it to start automatically again";
    return std::unexpected(std::move(error));
}

// Looks until `done` says so of a record, or of there being none; nothing when it never did.
template <class Done>
Result<std::optional<std::optional<ServiceRecord>>> look_until(ServiceManager& manager, const Pause& pause,
                                                               int looks, const Done& done) {
    for (int look = 0; look < looks; ++look) {
        if (look > 0) pause(between_looks);
        auto record = manager.query();
        if (!record) return explained(record.error());
        if (done(*record)) return std::optional(*std::move(record));
    }
    return std::nullopt;
}

bool has_stopped(const std::optional<ServiceRecord>& record) {
    return !record || record->state == ServiceState::stopped;
}

std::unexpected<Error> ended(const std::optional<ServiceRecord>& record) {
    if (!record)
        return explained(Error{.code = ErrorCode::not_found, .message = "the service was removed meanwhile"});
    const std::string why = why_service_ended(*record);
    return fail(ErrorCode::io, "the service started and ended at once" + (why.empty() ? "" : ": " + why));
}

std::string meaning_of(std::uint32_t exit) {
    switch (exit) {
    case 2: return "the command line of the service is wrong; run 'wsus-trust-agent service install' again";
    case 3: return "the settings are invalid; run 'wsus-trust-agent config validate'";
    case 5: return "a right is missing; the service must run as LocalSystem";
    case 7: return "another 'wsus-trust-agent run', or an undo, was at work";
    case 9:
        return "ordinary users can change the program, or the agent's folder in ProgramData; "
               "'wsus-trust-agent run' "
               "in an elevated console says who";
    default: return "run 'wsus-trust-agent run' in an elevated console to see why";
    }
}

} // namespace

std::vector<ServiceTrait> agent_service_traits() {
    return {
        ServiceDescription{description},
        // Nothing that a user waits for while Windows starts.
        DelayedStart{},
        Recovery{.restart_after = {1min, 5min, 15min}, .forget_after = 24h},
        RecoveryAlsoAfterExit{},
        // It ends within two seconds; what hangs then must not hold up a shutdown for minutes.
        PreshutdownTime{5s},
        // Firewalls and access lists can name it. A *restricted* SID would also have to be allowed to write
        // to every store and policy key, whose access lists are not ours to change.
        UnrestrictedServiceSid{},
        // SeChangeNotifyPrivilege: paths are opened below folders that it may not list, as every process may.
        // No other is used: what it reads and writes SYSTEM and Administrators may by the access lists,
        // SYSTEM may make Administrators the owner of a folder because it is a member, and it impersonates
        // nobody.
        RequiredPrivileges{{"SeChangeNotifyPrivilege"}},
    };
}

Result<InstalledService> install_service(ServiceManager& manager, const std::string& image_path) {
    const auto before = manager.query();
    if (!before) return explained(before.error());
    InstalledService installed{.was_there = before->has_value(), .refused = {}};
    if (*before) WTA_TRY(check_is_ours(**before, image_path));
    if (const auto put = manager.put({.display_name = display_name, .image_path = image_path}); !put)
        return explained(put.error());
    for (const ServiceTrait& trait : agent_service_traits())
        if (const auto set = manager.set(trait); !set)
            installed.refused.push_back({std::visit(NameOfTrait(), trait), why_refused(set.error())});
    return installed;
}

Result<bool> uninstall_service(ServiceManager& manager, const std::string& image_path, const Pause& pause) {
    const auto before = manager.query();
    if (!before) return explained(before.error());
    if (!*before) return false;
    WTA_TRY(check_is_ours(**before, image_path));
    const auto stopped = stop_service(manager, pause);
    if (!stopped && stopped.error().code != ErrorCode::timed_out) return std::unexpected(stopped.error());
    if (const auto removed = manager.remove(); !removed) return explained(removed.error());
    const auto gone =
        look_until(manager, pause, looks_for_a_change, [](const auto& record) { return !record; });
    if (!gone) return std::unexpected(gone.error());
    if (*gone) return true;
    return fail(
        ErrorCode::busy,
        "the service is marked to be removed, and goes when its process has ended and nobody looks at it any "
        "more: close services.msc and Task Manager, or restart the machine");
}

Result<ServiceChange> start_service(ServiceManager& manager, const Pause& pause) {
    const auto before = manager.query();
    if (!before) return explained(before.error());
    if (*before && (*before)->state == ServiceState::running) return ServiceChange::was_so;
    if (const auto started = manager.start({"now"}); !started) return explained(started.error());
    const auto running = look_until(manager, pause, looks_for_a_change, [](const auto& record) {
        return has_stopped(record) || record->state == ServiceState::running;
    });
    if (!running) return std::unexpected(running.error());
    if (!*running)
        return fail(ErrorCode::timed_out,
                    "the service does not run 30 s after it was started; look again with "
                    "'wsus-trust-agent service status'");
    if (has_stopped(**running)) return ended(**running);
    const auto early = look_until(manager, pause, looks_after_start, has_stopped);
    if (!early) return std::unexpected(early.error());
    if (*early) return ended(**early);
    return ServiceChange::done;
}

Result<ServiceChange> stop_service(ServiceManager& manager, const Pause& pause) {
    const auto before = manager.query();
    if (!before) return explained(before.error());
    if (*before && has_stopped(*before)) return ServiceChange::was_so;
    if (const auto asked = manager.stop(); !asked) return explained(asked.error());
    const auto stopped = look_until(manager, pause, looks_for_a_change, has_stopped);
    if (!stopped) return std::unexpected(stopped.error());
    if (*stopped) return ServiceChange::done;
    return fail(ErrorCode::timed_out,
                "the service has not stopped 30 s after it was asked to; end its process (every "
                "change is made whole or not at all, the next run goes on from there)");
}

std::string why_service_ended(const ServiceRecord& record) {
    switch (record.exit_code) {
    case NO_ERROR:
    case ERROR_SERVICE_NEVER_STARTED: return {};
    case ERROR_SERVICE_SPECIFIC_ERROR:
        return fmt::format("exit code {}: {}", record.own_code, meaning_of(record.own_code));
    default: return describe_windows_error(record.exit_code);
    }
}

} // namespace wta::platform
