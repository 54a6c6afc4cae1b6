#include "agent/reporting/reporting.h"

#include "agent/platform/folder_lock.h"
#include "agent/platform/private_folder.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

namespace wta {

namespace {

using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// What is left over although the receiver takes it goes on this much later.
constexpr seconds next_round{60};
constexpr std::string_view disk_full = "the disk is full";
constexpr int busy_exit = 7; // the other run reports itself

Finding loss_finding(ReasonCode code, const Sink& sink, const Loss& loss, std::string_view what) {
    return {.code = code,
            .subject = std::string(sink.name()),
            .detail = fmt::format("{} report{} for {} {}, in all so far; of the latest: {}.", loss.count,
                                  loss.count == 1 ? "" : "s", sink.target(), what, loss.reason),
            .actual = std::to_string(loss.count)};
}

bool has_news(const Loss& loss) { return loss.count > loss.told; }

Finding failure_finding(const Sink& sink, const QueueState& state, std::size_t waiting) {
    const bool named = state.failure.starts_with(sink.target()); // as errors of the network do
    std::string detail = named
                             ? fmt::format("Reports are not taken: {}.", state.failure)
                             : fmt::format("Reports to {} are not taken: {}.", sink.target(), state.failure);
    if (waiting > 0)
        detail +=
            fmt::format(" {} report{} wait{}", waiting, waiting == 1 ? "" : "s", waiting == 1 ? "s" : "");
    if (waiting > 0 && state.not_before)
        detail += fmt::format("; the next try is not before {}", to_rfc3339(*state.not_before));
    if (waiting > 0) detail += ".";
    return {.code = ReasonCode::report_not_delivered,
            .subject = std::string(sink.name()),
            .detail = std::move(detail),
            .actual = state.failing_since ? "since " + to_rfc3339(*state.failing_since) : ""};
}

} // namespace

struct Reporting::Place {
    std::shared_ptr<Sink> sink;
    Queue queue; // of a receiver that keeps each report; of others only the folder of its state
};

Reporting::Reporting(ReportingSetup setup) : setup_(std::move(setup)) {}

Reporting::Place Reporting::place_of(const std::shared_ptr<Sink>& sink) const {
    return {sink, Queue(setup_.folder / sink->name(), setup_.limits)};
}

std::vector<Finding> Reporting::findings() const {
    std::vector<Finding> found;
    for (const auto& sink : setup_.sinks) {
        const Place place = place_of(sink);
        const QueueState state = read_queue_state(place.queue.folder());
        if (state.failures > 0) found.push_back(failure_finding(*sink, state, place.queue.size()));
        if (has_news(state.refused))
            found.push_back(loss_finding(ReasonCode::report_refused, *sink, state.refused, "refused"));
        if (has_news(state.dropped))
            found.push_back(loss_finding(ReasonCode::report_dropped, *sink, state.dropped, "dropped"));
        if (has_news(state.damaged))
            found.push_back(loss_finding(ReasonCode::report_damaged, *sink, state.damaged, "damaged"));
    }
    return found;
}

void Reporting::keep(const StatusReport& report) try {
    if (setup_.sinks.empty() || report.what_if || exit_code(report) == busy_exit) return;
    const bool image = report.endpoint_kind == "image";
    const Reported before = read_reported(setup_.folder, setup_.machine);
    Reported reported = before;
    if (report.in_desired_state == true) reported.last_success = report.time;
    newest_ = {report.run_id, to_compact_text(to_json(report)), report, reported.last_success};
    const bool worth = is_worth_reporting(report, before.last, setup_.heartbeat);
    bool kept = true;
    for (const auto& sink : setup_.sinks) {
        switch (sink->keeps()) {
        case Sink::Keeps::every_report:
            if (worth) kept = keep_for(sink, *newest_) && kept;
            break;
        case Sink::Keeps::newest_report:
            if (worth || read_queue_state(setup_.folder / sink->name()).failures > 0)
                due_.emplace(sink->name());
            break;
        case Sink::Keeps::latest_run: due_.emplace(sink->name()); break;
        }
    }
    if (image || !kept) return;
    // After the reports themselves: what could not be kept has not been reported.
    if (worth) reported.last = LastReported{report_mark(report), report.time};
    if (reported == before) return;
    if (const auto written = write_reported(setup_.folder, reported); !written)
        spdlog::warn("reporting: {}", written.error().message);
} catch (const std::exception& error) {
    spdlog::warn("reporting: {}", error.what());
}

bool Reporting::keep_for(const std::shared_ptr<Sink>& sink, const OutgoingReport& report) {
    Queue queue = place_of(sink).queue;
    auto added = queue.add(report.id, report.json);
    while (!added && added.error().code == ErrorCode::io) { // a full disk: the newest counts most
        const auto dropped = queue.drop_oldest();
        if (!dropped || !*dropped) break;
        ++made_room_[std::string(sink->name())];
        added = queue.add(report.id, report.json);
    }
    if (added) return true;
    spdlog::warn("the report for {} cannot be kept, only sent now: {}", sink->target(),
                 added.error().message);
    due_.emplace(sink->name());
    return false;
}

std::optional<seconds> Reporting::deliver(Timestamp now, Clock::time_point deadline,
                                          const std::stop_token& stop) try {
    if (setup_.sinks.empty()) return std::nullopt;
    // One at a time; whoever has it also delivers what we have just kept, or the next one does.
    const auto lock = platform::FolderLock::acquire(setup_.folder);
    if (!lock && lock.error().code == ErrorCode::busy) return next_round;
    const auto last_success = read_reported(setup_.folder, setup_.machine).last_success;
    std::optional<Timestamp> next;
    auto left = static_cast<long>(setup_.sinks.size());
    for (const auto& sink : setup_.sinks) {
        if (stop.stop_requested()) break;
        const auto start = Clock::now();
        const DeliveryRound round{.sink = sink,
                                  .now = now,
                                  .deadline = start + (deadline - start) / left--,
                                  .stop = stop,
                                  .random = setup_.random,
                                  .last_success = last_success};
        const auto again = deliver_to(round);
        if (again) next = next ? std::min(*next, *again) : *again;
    }
    if (!next) return std::nullopt;
    return std::max(*next - now, next_round);
} catch (const std::exception& error) {
    spdlog::warn("reporting: {}", error.what());
    return next_round;
}

std::optional<Timestamp> Reporting::deliver_to(const DeliveryRound& round) {
    Place place = place_of(round.sink);
    const QueueState before = read_queue_state(place.queue.folder());
    QueueState state = before;
    bool left = false;
    if (place.sink->keeps() == Sink::Keeps::every_report) {
        auto more = deliver_waiting(round, place, state);
        if (!more) spdlog::warn("reporting: {}", more.error().message);
        left = !more || *more;
    } else {
        deliver_newest(round, state);
        left = due_.contains(std::string(round.sink->name()));
    }
    if (state != before)
        if (const auto written = remember(place, state); !written)
            spdlog::warn("reporting: {}", written.error().message);
    if (!left) return std::nullopt;
    return state.not_before.value_or(round.now);
}

// On a full disk a report goes, so that it is known how many went.
Result<void> Reporting::remember(Place& place, QueueState& state) {
    WTA_TRY(platform::ensure_private_folder(place.queue.folder()));
    for (;;) {
        auto written = write_queue_state(place.queue.folder(), state);
        if (written || written.error().code != ErrorCode::io) return written;
        const auto dropped = place.queue.drop_oldest();
        if (!dropped || !*dropped) return written;
        ++state.dropped.count;
        state.dropped.reason = disk_full;
    }
}

Result<bool> Reporting::deliver_waiting(const DeliveryRound& round, Place& place, QueueState& state) {
    const std::string name(round.sink->name());
    if (const auto made = made_room_.extract(name)) {
        state.dropped.count += made.mapped();
        state.dropped.reason = disk_full;
    }
    auto left = deliver_queue(round, place.queue, state);
    if (due_.erase(name) == 0 || !newest_) return left;
    // It could not be kept: now or never.
    if (!deliver_one(round, *newest_, state)) {
        ++state.dropped.count;
        state.dropped.reason = "it could not be kept, because the disk is full or its folder cannot be used";
    }
    return left;
}

void Reporting::deliver_newest(const DeliveryRound& round, QueueState& state) {
    const std::string name(round.sink->name());
    if (newest_ && due_.contains(name) && deliver_one(round, *newest_, state)) due_.erase(name);
}

} // namespace wta
