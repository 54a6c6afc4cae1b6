#include "agent/resident/resident_loop.h"

#include "agent/platform/windows/folder_watch.h"
#include "agent/platform/windows/group_policy.h"
#include "agent/platform/windows/network_watch.h"
#include "agent/platform/windows/wait.h"
#include "agent/resident/deliveries.h"
#include "agent/resident/worker.h"
#include "common/base/time.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace wta {
namespace {

namespace fs = std::filesystem;
using platform::Signal;
using platform::WatchedKey;
using std::chrono::milliseconds;

constexpr milliseconds grace{700}; // the service manager is told that a stop takes a second
constexpr milliseconds grace_of_deliveries{100};
constexpr milliseconds for_ever = std::chrono::days{49};

Moment now() {
    return {std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
            std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch())};
}

std::vector<fs::path> folders_of(const std::vector<std::string>& files) {
    std::vector<fs::path> folders;
    for (const std::string& file : files) {
        fs::path folder = fs::path(std::u8string(file.begin(), file.end())).parent_path();
        if (std::ranges::find(folders, folder) == folders.end()) folders.push_back(std::move(folder));
    }
    return folders;
}

class Loop {
public:
    Loop(platform::ResidentSignals& signals, LoopParts parts)
        : signals_(signals), parts_(std::move(parts)),
          turn_parts_(std::make_shared<const TurnParts>(parts_.turn)), machine_(parts_.root),
          settings_keys_(parts_.root), worker_(parts_.longest_turn), deliveries_(parts_.longest_turn) {}

    int run(bool enforce_now) {
        begin(enforce_now);
        while (!signals_.stop_raised() && !hangs_) {
            if (!worker_.busy())
                if (const auto task = agenda_->take(now())) start(*task);
            deliveries_.start_when_due(now().steady);
            sleep();
        }
        deliveries_.leave(grace_of_deliveries);
        worker_.leave(grace);
        return hangs_ ? tell_that_it_hangs() : 0;
    }

private:
    using React = void (Loop::*)();
    struct Waited {
        std::vector<void*> handles;
        std::vector<React> reactions;
        void add(void* handle, React react) {
            handles.push_back(handle);
            reactions.push_back(react);
        }
    };

    // Armed before each look, so that nothing changes between the two unseen.
    void begin(bool enforce_now) {
        const LoadedSettings loaded = parts_.turn.load_settings();
        settings_ = known(loaded);
        arm_settings_keys();
        FirstLook look;
        auto looked = take_first_look(parts_.turn);
        const bool seen = looked.has_value();
        if (seen)
            look = *std::move(looked);
        else
            spdlog::warn("the machine could not be looked at: {}", looked.error().message);
        identity_ = look.identity;
        read_ = std::move(look.read);
        arm_machine();
        agenda_.emplace(rhythm_of(identity_, settings_.schedule.interval.value), look.last_check, enforce_now,
                        now());
        arm_folders();
        if (!seen) agenda_->drift_ended({.busy = true}, now()); // another look, which tells why not
        agenda_->woken(Wakeup::settings_changed, now());        // they may have, before they were watched
        parts_.say(fmt::format("watches {} registry keys; the settings: {}; next run: {}", watched_,
                               loaded.places.empty() ? "none" : loaded.places,
                               agenda_->wait(now()) > settling ? to_rfc3339(agenda_->next_run()) : "now"));
    }

    void sleep() {
        Waited waited;
        waited.add(signals_.handle(Signal::stop), &Loop::nothing); // first: nothing else counts then
        if (worker_.busy()) waited.add(worker_.ended(), &Loop::turn_ended);
        waited.add(signals_.handle(Signal::run_now), &Loop::run_asked_for);
        waited.add(signals_.handle(Signal::resumed), &Loop::resumed);
        waited.add(signals_.handle(Signal::clock_changed), &Loop::clock_changed);
        waited.add(settings_keys_.handle(), &Loop::settings_keys_changed);
        for (void* const folder : settings_folders_.handles())
            waited.add(folder, &Loop::settings_file_changed);
        if (settings_.schedule.watch.value != Watch::off) {
            waited.add(machine_.handle(), &Loop::machine_changed);
            waited.add(policy_applied_.handle(), &Loop::group_policy_applied);
        }
        if (network_) waited.add(network_->handle(), &Loop::network_changed);
        if (deliveries_.busy()) waited.add(deliveries_.handle(), &Loop::delivery_ended);
        milliseconds time = worker_.busy() ? for_ever : agenda_->wait(now());
        if (const auto delivery = deliveries_.wait(now().steady)) time = std::min(time, *delivery);
        if (const auto raised = platform::wait_for_any(waited.handles, time))
            (this->*waited.reactions.at(*raised))();
    }

    void nothing() {}
    void delivery_ended() { deliveries_.ended(now().steady); }
    void run_asked_for() { agenda_->woken(Wakeup::run_now, now()); }
    void resumed() { agenda_->woken(Wakeup::resumed, now()); }
    void clock_changed() { agenda_->woken(Wakeup::clock_changed, now()); }
    void group_policy_applied() { agenda_->woken(Wakeup::machine_changed, now()); }
    void network_changed() { agenda_->woken(Wakeup::network_changed, now()); }

    void machine_changed() {
        arm_machine();
        agenda_->woken(Wakeup::machine_changed, now());
    }
    void settings_keys_changed() {
        arm_settings_keys();
        agenda_->woken(Wakeup::settings_changed, now());
    }
    void settings_file_changed() {
        arm_folders();
        agenda_->woken(Wakeup::settings_changed, now());
    }

    void arm_machine() {
        const bool off = settings_.schedule.watch.value == Watch::off;
        const auto unwatched = machine_.arm(off ? std::vector<WatchedKey>() : read_);
        watched_ = off ? 0 : read_.size() - unwatched.size();
        for (const std::string& key : unwatched) spdlog::warn("key \"{}\" cannot be watched", key);
    }
    void arm_settings_keys() {
        std::vector<WatchedKey> keys;
        for (const std::string& key : settings_.keys) keys.push_back({key, true});
        for (const std::string& key : settings_keys_.arm(keys))
            spdlog::warn("key \"{}\" cannot be watched", key);
    }
    void arm_folders() { settings_folders_.arm(folders_of(settings_.looked_at)); }

    void start(Task task) {
        task_ = task;
        turn_ = std::make_shared<Turn>();
        worker_.start([turn = turn_, parts = turn_parts_, task, before = settings_](
                          const std::stop_token& stop) { *turn = take_turn(*parts, task, before, stop); });
    }

    void turn_ended() {
        if (!worker_.collect()) {
            hangs_ = true;
            return;
        }
        const Turn turn = std::move(*turn_);
        turn_.reset();
        if (turn.settings) take_over(*turn.settings);
        deliveries_.take(turn.reporting, now().steady);
        if (turn.read && *turn.read != read_) {
            read_ = *turn.read;
            machine_changed(); // the new keys were looked at before they were watched
        }
        if (turn.report) {
            if (task_ == Task::drift)
                agenda_->drift_ended(turn.outcome, now());
            else
                agenda_->run_ended(turn.outcome, now());
            parts_.tell(task_, *turn.report);
        }
        if (!agenda_->wants_network())
            network_.reset();
        else if (!network_)
            network_.emplace();
    }

    // It may hold the lock, so that no other run would ever begin. The service manager starts us anew.
    int tell_that_it_hangs() {
        const StatusReport report =
            ended_early(parts_.turn.new_report("repair"),
                        {.code = ReasonCode::change_failed,
                         .detail = fmt::format(
                             "A run did not end within {} minutes. The resident ends, and with it that run.",
                             duration_cast<std::chrono::minutes>(parts_.longest_turn).count())});
        parts_.turn.keep_records(report, nullptr, nullptr);
        parts_.tell(task_, report);
        return exit_code(report);
    }

    void take_over(KnownSettings settings) {
        if (task_ == Task::drift && settings.mark != settings_.mark) {
            settings.mark = settings_.mark; // they are worth a run of their own
            agenda_->woken(Wakeup::settings_changed, now());
        }
        const KnownSettings before = std::exchange(settings_, std::move(settings));
        if (settings_.looked_at != before.looked_at) settings_file_changed();
        if (settings_.schedule.watch != before.schedule.watch) machine_changed(); // looked at, not watched
        if (settings_.schedule.interval.value != before.schedule.interval.value)
            agenda_->change_rhythm(rhythm_of(identity_, settings_.schedule.interval.value), now());
    }

    platform::ResidentSignals& signals_;
    LoopParts parts_;
    std::shared_ptr<const TurnParts> turn_parts_; // outlives us when a turn is left alone
    platform::RegistryWatch machine_;
    platform::RegistryWatch settings_keys_;
    platform::FolderWatch settings_folders_;
    platform::GroupPolicyApplied policy_applied_;
    std::optional<platform::NetworkWatch> network_; // while a fetch is waiting for it
    KnownSettings settings_;
    Identity identity_;
    std::vector<WatchedKey> read_;
    std::size_t watched_ = 0;
    std::optional<Agenda> agenda_;
    Task task_{};
    bool hangs_ = false;         // the turn that is under way, and has been left
    std::shared_ptr<Turn> turn_; // that is under way
    Worker worker_;
    Deliveries deliveries_;
};

} // namespace

int run_loop(platform::ResidentSignals& signals, LoopParts parts, bool enforce_now) {
    return Loop(signals, std::move(parts)).run(enforce_now);
}

} // namespace wta
