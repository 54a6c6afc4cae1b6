// What a resident does next, and how long it may sleep until then.
//
// A value without clocks and threads: each call says what the clocks show. Waits are durations of the steady
// clock, and are asked for again after every wake-up; so a wall clock that jumps, either way and as often as
// it likes, never keeps a machine from its run for longer than an interval and its margin.
#pragma once

#include "agent/resident/schedule.h"

#include <cstddef>
#include <optional>

namespace wta {

struct Moment {
    Timestamp wall{};
    std::chrono::milliseconds steady{}; // never goes back; from any beginning
};

enum class Wakeup {
    run_now,         // somebody asks for a run; may be anybody
    resumed,         // the machine was asleep
    clock_changed,   // the wall clock jumped
    machine_changed, // a key that is watched, or Group Policy was applied
    settings_changed,
    network_changed,
};

// In falling order of precedence.
enum class Task {
    reload,    // read the settings again; when they say something else, a scheduled run follows
    scheduled, // put everything right
    drift,     // look at what has just changed
};

struct TurnOutcome {
    bool busy = false;      // another run holds the lock; or it broke off
    bool unfetched = false; // what is needed could not be fetched
};

inline constexpr std::chrono::milliseconds settling{500};            // without a further event
inline constexpr std::chrono::milliseconds longest_settling{10'000}; // with further events all the time
inline constexpr std::chrono::milliseconds network_settling{
    5'000}; // an address comes before routes and names
inline constexpr std::chrono::milliseconds busy_delay{60'000};
// Between a run and one that somebody asks for: every user who is logged on may ask, as often as he likes.
inline constexpr std::chrono::milliseconds pause_before_asked{60'000};
inline constexpr std::chrono::milliseconds schedule_margin{60'000}; // steady and wall clock drift apart

class Agenda {
public:
    // `last_check`: nothing when there never was one. With `enforce_now`, and when a run was missed, the
    // first run is due at once; otherwise at the next slot.
    Agenda(const Rhythm& rhythm, std::optional<Timestamp> last_check, bool enforce_now, const Moment& now);

    void woken(Wakeup wakeup, const Moment& now);

    // The task to be done now. Nothing: sleep.
    [[nodiscard]] std::optional<Task> take(const Moment& now);

    // Until take() may have something.
    [[nodiscard]] std::chrono::milliseconds wait(const Moment& now) const;

    // The end of what was taken; for a reload that led to no run, nothing is to be told.
    void run_ended(const TurnOutcome& outcome, const Moment& now);
    void drift_ended(const TurnOutcome& outcome, const Moment& now);

    // The settings ask for another one.
    void change_rhythm(const Rhythm& rhythm, const Moment& now);

    // What was needed could not be fetched: a change of the network is worth a wake-up.
    [[nodiscard]] bool wants_network() const { return unfetched_; }

    // For people; may have passed when a run is due.
    [[nodiscard]] Timestamp next_run() const { return slot_; }

private:
    using Steady = std::chrono::milliseconds;

    // Waits for its events to end.
    class Settling {
    public:
        void event(Steady now, Steady quiet, Steady longest);
        [[nodiscard]] std::optional<Steady> due() const { return due_; }
        void clear() { due_.reset(); }

    private:
        std::optional<Steady> due_;
        Steady last_possible_{};
    };

    void ask(Steady when);
    [[nodiscard]] bool scheduled_is_due(const Moment& now) const;
    [[nodiscard]] Steady next(const Moment& now) const; // may have passed

    Rhythm rhythm_;
    Timestamp slot_{};              // by the wall clock
    Steady latest_{};               // by the steady clock, whatever the wall clock shows
    std::optional<Timestamp> last_; // scheduled run, by the wall clock
    std::optional<Steady> asked_;   // for a run, not before
    std::optional<Steady> ended_;   // the last run
    std::optional<Steady> retry_;   // of a fetch, or because another run was at work
    bool unfetched_ = false;
    std::size_t retries_ = 0; // of retry_delays that were used
    bool retrying_ = false;   // the run under way is a retry
    Settling drift_;
    Settling settings_;
    Settling network_;
};

} // namespace wta
