// One turn of the resident: settings, endpoint, cycle.
#pragma once

#include "agent/commands/load_settings.h"
#include "agent/endpoint/endpoint.h"
#include "agent/platform/watched_key.h"
#include "agent/reporting/log_file.h"
#include "agent/reporting/reporting.h"
#include "agent/resident/agenda.h"
#include "agent/resident/policy_gate.h"
#include "common/report/status_report.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace wta {

// What a turn takes from the program around it; tests put something else in its place. Called by any thread,
// one at a time.
struct TurnParts {
    std::function<LoadedSettings()> load_settings;
    std::function<StatusReport(const std::string& command)> new_report;
    std::function<Result<std::unique_ptr<Endpoint>>(Use, StatusReport&)> open;
    std::function<std::unique_ptr<Transport>(const Settings&)> make_transport;
    std::function<OpenedLog(LogFormat)> open_log;
    // What others read of a run: events and lines of the log. Null: the endpoint could not be opened, there
    // is no log.
    std::function<void(const StatusReport&, Endpoint*, LogFile*)> keep_records;
    // Puts together where reports go; null: nowhere. The registry tells which machine this is.
    std::function<std::shared_ptr<Reporting>(const Settings&, Registry&, StatusReport&)> open_reporting;
    std::string computer_name;
    std::shared_ptr<PolicyGate> group_policy;
};

// What the settings are made of, and whether they say something else than before.
struct KnownSettings {
    ScheduleSettings schedule;
    std::vector<std::string> looked_at; // files
    std::vector<std::string> keys;      // of the registry, with what is below
    std::string mark;                   // differs when they, or what is wrong with them, differ
    bool operator==(const KnownSettings&) const = default;
};

[[nodiscard]] KnownSettings known(const LoadedSettings& loaded);

struct Turn {
    std::optional<StatusReport> report;    // nothing: a reload found nothing new, or nobody watches any more
    std::optional<KnownSettings> settings; // nothing: an unexpected error came first
    std::optional<std::vector<platform::WatchedKey>>
        read;                             // keys that were looked at; nothing: it came not so far
    std::shared_ptr<Reporting> reporting; // has the report, and may have more to deliver; null: there is none
    TurnOutcome outcome;
};

// `before` is what the last turn knew of the settings. Does not throw.
[[nodiscard]] Turn take_turn(const TurnParts& parts, Task task, const KnownSettings& before,
                             const std::stop_token& stop);

// What a resident learns before it does anything: looks, changes nothing, asks no source.
struct FirstLook {
    std::vector<platform::WatchedKey> read;
    Identity identity;
    std::optional<Timestamp> last_check;
};
[[nodiscard]] Result<FirstLook> take_first_look(const TurnParts& parts);

} // namespace wta
