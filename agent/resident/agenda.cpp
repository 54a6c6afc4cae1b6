#include "agent/resident/agenda.h"

#include <algorithm>

namespace wta {

using std::chrono::milliseconds;

void Agenda::Settling::event(Steady now, Steady quiet, Steady longest) {
    if (!due_) last_possible_ = now + longest;
    due_ = std::min(now + quiet, last_possible_);
}

Agenda::Agenda(const Rhythm& rhythm, std::optional<Timestamp> last_check, bool enforce_now, const Moment& now)
    : rhythm_(rhythm), last_(last_check) {
    if (enforce_now || (last_check && is_overdue(rhythm, *last_check, now.wall))) ask(now.steady);
    change_rhythm(rhythm, now);
}

void Agenda::change_rhythm(const Rhythm& rhythm, const Moment& now) {
    rhythm_ = rhythm;
    slot_ = next_slot(rhythm, now.wall);
    latest_ = now.steady + rhythm.interval + schedule_margin;
}

void Agenda::woken(Wakeup wakeup, const Moment& now) {
    switch (wakeup) {
    case Wakeup::run_now:
        ask(ended_ ? std::max(now.steady, *ended_ + pause_before_asked) : now.steady);
        return;
    case Wakeup::resumed: ask(now.steady); return;
    case Wakeup::clock_changed:
        // latest_ stays: by that time there is a run, however often the clock is set.
        slot_ = next_slot(rhythm_, now.wall);
        if (last_ && is_overdue(rhythm_, *last_, now.wall)) ask(now.steady);
        return;
    case Wakeup::machine_changed: drift_.event(now.steady, settling, longest_settling); return;
    case Wakeup::settings_changed: settings_.event(now.steady, settling, longest_settling); return;
    case Wakeup::network_changed:
        if (unfetched_) network_.event(now.steady, network_settling, 2 * network_settling);
        return;
    }
}

void Agenda::ask(Steady when) { asked_ = asked_ ? std::min(*asked_, when) : when; }

bool Agenda::scheduled_is_due(const Moment& now) const {
    return (asked_ && now.steady >= *asked_) || now.wall >= slot_ || now.steady >= latest_;
}

std::optional<Task> Agenda::take(const Moment& now) {
    const auto passed = [&now](const std::optional<Steady>& due) { return due && now.steady >= *due; };
    if (passed(settings_.due())) {
        settings_.clear();
        retrying_ = false;
        return Task::reload;
    }
    const bool at_its_time = scheduled_is_due(now);
    const bool network = passed(network_.due());
    if (at_its_time || network || passed(retry_)) {
        retrying_ = !at_its_time && !network;
        asked_.reset();
        network_.clear();
        retry_.reset();
        return Task::scheduled;
    }
    if (passed(drift_.due())) {
        drift_.clear();
        return Task::drift;
    }
    return std::nullopt;
}

Agenda::Steady Agenda::next(const Moment& now) const {
    Steady due = std::min(latest_, now.steady + std::chrono::duration_cast<Steady>(slot_ - now.wall));
    for (const auto& other : {asked_, retry_, network_.due(), settings_.due(), drift_.due()})
        if (other) due = std::min(due, *other);
    return due;
}

milliseconds Agenda::wait(const Moment& now) const {
    return std::max(next(now) - now.steady, milliseconds::zero());
}

void Agenda::drift_ended(const TurnOutcome& outcome, const Moment& now) {
    if (outcome.busy) drift_.event(now.steady, busy_delay, busy_delay);
}

void Agenda::run_ended(const TurnOutcome& outcome, const Moment& now) {
    change_rhythm(rhythm_, now);
    ended_ = now.steady;
    retry_.reset();
    if (!retrying_) retries_ = 0;
    if (outcome.busy) {
        retry_ = now.steady + busy_delay;
        return;
    }
    last_ = now.wall;
    unfetched_ = outcome.unfetched;
    if (unfetched_ && retries_ < retry_delays.size()) retry_ = now.steady + retry_delays.at(retries_++);
}

} // namespace wta
