#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/output.h"
#include "agent/platform/file_tree.h"
#include "agent/platform/platform.h"
#include "agent/platform/windows/command_line.h"
#include "agent/platform/windows/event_source.h"
#include "agent/platform/windows/service_program.h"
#include "agent/platform/windows/service_setup.h"
#include "agent/platform/windows/wide.h"
#include "common/base/utf.h"
#include "common/report/codes.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <thread>

namespace wta {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using platform::ServiceRecord;
using platform::ServiceState;

constexpr const char* name = platform::agent_service;
constexpr std::size_t max_path_text = 8'192;

// What every command of the group comes to.
struct Answer {
    int exit = 0;
    std::string summary{}; // a sentence; empty: the findings say it all
    std::string next{};    // what to do
    std::vector<ReportFinding> findings{};
};

void pause(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

Answer failed(const Error& error) {
    const ReasonCode code = error.reason.value_or(ReasonCode::service_refused);
    std::string message = error.message;
    if (!message.empty() && message.front() >= 'a' && message.front() <= 'z')
        message.front() = static_cast<char>(message.front() - 'a' + 'A');
    return {.exit = info(code).exit,
            .findings = {to_report(Finding{
                .code = code, .severity = Severity::error, .subject = name, .detail = message + "."})}};
}

Answer failed(const Finding& finding) {
    return {.exit = info(finding.code).exit, .findings = {to_report(finding)}};
}

Answer not_installed() { return failed(Finding{.code = ReasonCode::service_not_installed, .subject = name}); }

ReportFinding warning(const std::string& detail) {
    return to_report(Finding{.code = ReasonCode::service_refused, .subject = name, .detail = detail});
}

// What the service manager keeps: the program where it lies in truth, and absolute paths, because a service
// starts in the folder of the system.
std::string image_path(const fs::path& program, const Options& options) {
    std::vector<std::wstring> words{program.native()};
    if (options.config) {
        words.emplace_back(L"--config");
        words.push_back(platform::absolute_path(platform::to_wide(*options.config)).native());
    }
    words.emplace_back(L"run");
    return platform::from_wide(platform::join_command_line(words));
}

Answer program_not_protected(const std::string& why) {
    Answer answer =
        failed(Finding{.code = ReasonCode::state_folder_not_protected,
                       .subject = name,
                       .detail = why + "; whoever exchanges the program of a service is LocalSystem at its "
                                       "next start. Nothing was changed."});
    answer.findings.front().remedy =
        "Put the program into a folder on a drive of this machine that only administrators "
        "can write, such as C:\\Program Files\\WsusTrustAgent, and run 'service install' "
        "there.";
    return answer;
}

// A process that runs keeps the command line and the program that it was started with.
std::string after_installation(platform::ServiceManager& manager) {
    const auto record = manager.query();
    if (record && *record && (*record)->state != ServiceState::stopped)
        return "It still runs as it was set up before: 'wsus-trust-agent service stop', then "
               "'wsus-trust-agent "
               "service start'.";
    return "'wsus-trust-agent service start' starts it now, and it enforces the settings at once.";
}

Answer install(platform::ServiceManager& manager, const Options& options) {
    if (const auto missing = missing_settings(options)) return failed(*missing);
    const auto program = platform::real_path(platform::executable_path());
    if (!program) return failed(program.error());
    if (const auto why = platform::why_not_for_a_service(*program)) return program_not_protected(*why);
    const auto installed = platform::install_service(manager, image_path(*program, options));
    if (!installed) return failed(installed.error());

    Answer answer{
        .exit = 0,
        .summary = fmt::format("The service {} is {}. Windows starts it from now on, also after a failure.",
                               name, installed->was_there ? "set up anew" : "installed"),
        .next = after_installation(manager)};
    for (const auto& [what, why] : installed->refused)
        answer.findings.push_back(warning(
            fmt::format("The service manager refused {}: {}. The service works without it.", what, why)));
    if (const auto registered = platform::register_event_source(*program); !registered)
        answer.findings.push_back(warning(
            fmt::format("Events will be shown without their texts: {}.", registered.error().message)));
    return answer;
}

Answer uninstall(platform::ServiceManager& manager) {
    const auto program = platform::real_path(platform::executable_path());
    if (!program) return failed(program.error());
    const auto own = platform::from_wide(platform::join_command_line({program->native()}));
    const auto removed = platform::uninstall_service(manager, own, pause);
    if (!removed) return failed(removed.error());
    Answer answer{.exit = 0,
                  .summary = fmt::format("The service {} {}. What this machine trusts was not changed.", name,
                                         *removed ? "is removed, and runs no more" : "is not installed"),
                  .next = "'wsus-trust-agent undo' takes away the trust that the agent added."};
    if (const auto source = platform::remove_event_source(); !source) {
        Error error = source.error();
        if (error.code == ErrorCode::access_denied) error.reason = ReasonCode::access_denied;
        return failed(error);
    }
    return answer;
}

Answer start(platform::ServiceManager& manager) {
    const auto started = platform::start_service(manager, pause);
    if (!started) return failed(started.error());
    if (*started == platform::ServiceChange::was_so)
        return {.exit = 0,
                .summary = fmt::format("The service {} is running already.", name),
                .next = "'wsus-trust-agent repair' enforces the settings at once."};
    return {.exit = 0,
            .summary =
                fmt::format("The service {} is running, and does now what the settings ask for.", name),
            .next = "'wsus-trust-agent status' shows what it found and did, or why it could not."};
}

Answer stop(platform::ServiceManager& manager) {
    const auto stopped = platform::stop_service(manager, pause);
    if (!stopped) return failed(stopped.error());
    return {.exit = 0,
            .summary =
                fmt::format("The service {} {}.", name,
                            *stopped == platform::ServiceChange::done ? "has stopped" : "was not running"),
            .next = "It starts again with Windows; 'wsus-trust-agent service uninstall' removes it."};
}

Answer status(const std::optional<ServiceRecord>& record) {
    if (!record) return not_installed();
    if (record->state == ServiceState::running)
        return {.exit = 0, .next = "'wsus-trust-agent status' shows what it found last."};
    if (record->start == platform::ServiceStartType::disabled)
        return {.exit = 1, .next = "It is disabled; 'wsus-trust-agent service install' sets it up anew."};
    return {.exit = 1, .next = "'wsus-trust-agent service start' starts it."};
}

const char* to_string(ServiceState state) {
    switch (state) {
    case ServiceState::stopped: return "stopped";
    case ServiceState::starting: return "starting";
    case ServiceState::stopping: return "stopping";
    case ServiceState::running: return "running";
    case ServiceState::continuing: return "continuing";
    case ServiceState::pausing: return "pausing";
    case ServiceState::paused: return "paused";
    }
    return "";
}

const char* to_string(platform::ServiceStartType type) {
    switch (type) {
    case platform::ServiceStartType::automatic: return "automatic";
    case platform::ServiceStartType::by_hand: return "manual";
    case platform::ServiceStartType::disabled: return "disabled";
    case platform::ServiceStartType::driver: return "driver";
    }
    return "";
}

json::value to_json(const std::optional<ServiceRecord>& record) {
    if (!record) return nullptr;
    const std::string why = why_service_ended(*record);
    return json::object{{"name", name},
                        {"state", to_string(record->state)},
                        {"startType", to_string(record->start)},
                        {"delayed", record->delayed},
                        {"imagePath", printable(record->image_path, max_path_text)},
                        {"account", printable(record->account)},
                        {"processId", record->process == 0 ? json::value() : json::value(record->process)},
                        {"lastExit", why.empty()
                                         ? json::value()
                                         : json::value(json::object{{"windowsCode", record->exit_code},
                                                                    {"exitCode", record->own_code},
                                                                    {"message", why}})}};
}

json::array to_json(const std::vector<ReportFinding>& findings) {
    json::array listed;
    for (const ReportFinding& finding : findings)
        listed.push_back(json::object{{"code", finding.code},
                                      {"severity", to_string(finding.severity)},
                                      {"subject", finding.subject},
                                      {"message", finding.message},
                                      {"remedy", finding.remedy}});
    return listed;
}

std::string to_text(const ServiceRecord& record) {
    std::string state = to_string(record.state);
    if (record.process != 0) state += fmt::format(", process {}", record.process);
    std::vector<TableRow> rows{
        {Color::none, {"Service", name}, {}},
        {Color::none, {"State", state}, {}},
        {Color::none,
         {"Start", std::string(to_string(record.start)) + (record.delayed ? ", delayed" : "")},
         {}},
        {Color::none, {"Runs", printable(record.image_path, max_path_text)}, {}},
        {Color::none, {"As", printable(record.account)}, {}},
    };
    const std::string why = why_service_ended(record);
    if (record.state == ServiceState::stopped && !why.empty())
        rows.push_back({Color::bad, {"Last exit", why}, {}});
    return table({"", ""}, rows, text_style());
}

std::string to_text(const Answer& answer, const std::optional<ServiceRecord>& shown) {
    const TextStyle style = text_style();
    std::string text;
    if (shown) text += to_text(*shown);
    if (!answer.summary.empty()) text += wrapped(answer.summary, 0, style);
    for (const ReportFinding& finding : answer.findings) {
        const bool error = finding.severity == Severity::error;
        text += wrapped(fmt::format("{} {}: {}", error ? "Error" : "Warning", finding.code, finding.message),
                        0, style);
        if (error) text += wrapped("Do: " + finding.remedy, 2, style);
    }
    if (!answer.next.empty()) text += wrapped("Next: " + answer.next, 0, style);
    return text;
}

Answer answer_to(platform::ServiceManager& manager, const Options& options) {
    if (options.command == Command::service_install) return install(manager, options);
    if (options.command == Command::service_uninstall) return uninstall(manager);
    if (options.command == Command::service_start) return start(manager);
    if (options.command == Command::service_stop) return stop(manager);
    const auto record = manager.query();
    return record ? status(*record) : failed(record.error());
}

} // namespace

int run_service_command(const Options& options) {
    if (options.image)
        return print(
            ended_early(report_header(options, ""),
                        {.code = ReasonCode::usage_error,
                         .detail = "The service is one of the machine that the program runs on; --image has "
                                   "no place there."}),
            options);
    const auto manager = platform::service_manager(name);
    const Answer answer = answer_to(*manager, options);
    const std::optional<ServiceRecord> record = manager->query().value_or(std::nullopt);
    if (options.json)
        return print(json::object{{"exitCode", answer.exit},
                                  {"service", to_json(record)},
                                  {"findings", to_json(answer.findings)},
                                  {"message", answer.summary},
                                  {"next", answer.next}},
                     answer.exit);
    const bool shows = options.command == Command::service_status;
    if (shows && options.quiet && record)
        return print(fmt::format("{}\n", to_string(record->state)), answer.exit);
    return print(to_text(answer, shows ? record : std::nullopt), answer.exit);
}

} // namespace wta
