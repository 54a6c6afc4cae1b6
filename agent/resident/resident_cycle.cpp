#include "agent/resident/resident_cycle.h"

#include "agent/commands/open_endpoint.h"
#include "agent/cycle/run_cycle.h"
#include "agent/resident/recording_registry.h"
#include "agent/resident/watch_list.h"
#include "common/report/codes.h"
#include "common/report/status_store.h"
#include "common/trust/observed_state.h"

#include <algorithm>
#include <exception>
#include <spdlog/spdlog.h>

namespace wta {
namespace {

bool has(const StatusReport& report, ReasonCode code) {
    return std::ranges::any_of(report.findings, [name = info(code).name](const ReportFinding& finding) {
        return finding.code == name && finding.severity == Severity::error;
    });
}

// Exactly the keys that an observation reads. One that fails is told by the cycle that follows.
std::vector<platform::WatchedKey> keys_of_a_look(Endpoint& endpoint) {
    RecordingRegistry recording(endpoint.registry());
    static_cast<void>(observe(recording));
    return watch_list(recording.recorded());
}

StatusReport with_settings(StatusReport header, const LoadedSettings& loaded) {
    describe_settings(loaded, header);
    if (!loaded.problems.empty())
        for (ReportFinding& finding : header.findings)
            if (finding.severity == Severity::error)
                finding.message += " Until that is mended, the resident only reports.";
    header.mode = loaded.settings.mode.value == Mode::enforce ? "enforce" : "audit";
    return header;
}

// What broke off the run may break this off, too; then nobody is told.
void record(const TurnParts& parts, const StatusReport& report) {
    try {
        parts.keep_records(report, nullptr, nullptr);
    } catch (const std::exception& error) {
        spdlog::error("{}", error.what());
    }
}

class OneTurn {
public:
    OneTurn(const TurnParts& parts, Task task, LoadedSettings loaded)
        : parts_(parts), task_(task), loaded_(std::move(loaded)), kind_(kind()) {}

    void run(Turn& turn) const {
        StatusReport header =
            with_settings(parts_.new_report(kind_ == CycleKind::check ? "check" : "repair"), loaded_);
        turn.report = cycle(std::move(header), turn);
        turn.outcome.busy = has(*turn.report, ReasonCode::busy);
        turn.outcome.unfetched =
            task_ == Task::scheduled && has(*turn.report, ReasonCode::publication_unreachable);
    }

private:
    [[nodiscard]] CycleKind kind() const {
        const bool only_report =
            task_ == Task::drift && loaded_.settings.schedule.watch.value != Watch::repair;
        return only_report ? CycleKind::check : CycleKind::repair;
    }

    [[nodiscard]] StatusReport cycle(StatusReport header, Turn& turn) const {
        const Settings& settings = loaded_.settings;
        const bool changes = kind_ == CycleKind::repair && settings.mode.value == Mode::enforce;
        const auto endpoint = parts_.open(changes ? Use::change : Use::look, header);
        if (!endpoint) {
            StatusReport report = not_opened(header, endpoint.error());
            parts_.keep_records(report, nullptr, nullptr);
            return report; // the next run that knows which machine this is reports
        }
        turn.read = keys_of_a_look(**endpoint);
        const OpenedLog log = parts_.open_log(settings.log_format.value);
        if (log.problem) header.findings.push_back(to_report(*log.problem));
        turn.reporting = parts_.open_reporting(settings, (*endpoint)->registry(), header);
        const auto transport = parts_.make_transport(settings);
        const CycleRequest request{.kind = kind_,
                                   .trigger = task_ == Task::drift ? Trigger::drift : Trigger::scheduled,
                                   .now = header.time,
                                   .computer_name = parts_.computer_name,
                                   .header = header};
        StatusReport report = run_cycle(request, settings, **endpoint, *transport);
        parts_.keep_records(report, endpoint->get(), log.file.get());
        if (turn.reporting) turn.reporting->keep(report);
        return report;
    }

    const TurnParts& parts_;
    Task task_;
    LoadedSettings loaded_;
    CycleKind kind_;
};

} // namespace

KnownSettings known(const LoadedSettings& loaded) {
    KnownSettings known{.schedule = loaded.settings.schedule,
                        .looked_at = loaded.looked_at,
                        .keys = loaded.watched_keys,
                        .mark = loaded.digest};
    for (const Finding& problem : loaded.problems)
        known.mark += "\n" + problem.subject + ": " + problem.detail;
    return known;
}

Turn take_turn(const TurnParts& parts, Task task, const KnownSettings& before, const std::stop_token& stop) {
    Turn turn;
    try {
        LoadedSettings loaded = parts.load_settings();
        turn.settings = known(loaded);
        if (!loaded.problems.empty()) loaded.settings.mode.value = Mode::audit; // whatever is wrong with them
        if (task == Task::reload && turn.settings->mark == before.mark) return turn;
        if (task == Task::drift && loaded.settings.schedule.watch.value == Watch::off) return turn;
        parts.group_policy->pass(stop);
        if (!stop.stop_requested())
            OneTurn(parts, task == Task::drift ? Task::drift : Task::scheduled, std::move(loaded)).run(turn);
    } catch (const std::exception& error) {
        turn.outcome = {.busy = true};
        turn.report =
            ended_early(parts.new_report("repair"),
                        {.code = ReasonCode::change_failed,
                         .detail = std::string("An unexpected error ended the run: ") + error.what()});
        record(parts, *turn.report);
    }
    return turn;
}

Result<FirstLook> take_first_look(const TurnParts& parts) {
    StatusReport header = parts.new_report("check");
    const auto endpoint = parts.open(Use::look, header);
    if (!endpoint) return std::unexpected(endpoint.error());
    FirstLook look{.read = keys_of_a_look(**endpoint), .identity = {}, .last_check = {}};
    const auto guid = read_machine_guid((*endpoint)->registry());
    if (!guid) return std::unexpected(guid.error());
    look.identity = {*guid, parts.computer_name};
    const auto last = read_status((*endpoint)->registry(), look.identity);
    if (!last) return std::unexpected(last.error());
    if (*last) look.last_check = (*last)->time;
    return look;
}

} // namespace wta
