#include "agent/reporting/delivery_round.h"

#include "agent/platform/within.h"
#include "agent/reporting/retry.h"
#include "common/base/utf.h"
#include "common/report/report_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace wta {

namespace {

using Clock = std::chrono::steady_clock;

// A sink ends by itself a little before it is walked away from.
constexpr std::chrono::milliseconds head_start{100};
constexpr std::size_t max_reason = 1'000; // bytes

// Nothing: a stop was asked for, which is no fault of the receiver.
std::optional<Delivery> take_there(const DeliveryRound& round, const OutgoingReport& report) {
    try {
        auto delivery = within(round.deadline, round.stop,
                               [sink = round.sink, report, until = round.deadline - head_start] {
                                   return sink->deliver(report, until);
                               });
        if (delivery) return delivery;
        if (round.stop.stop_requested()) return std::nullopt;
        return Delivery{.kind = Delivery::Kind::later,
                        .detail = "it hung until the time for deliveries was over"};
    } catch (const std::exception& error) {
        return Delivery{.kind = Delivery::Kind::later,
                        .detail = fmt::format("the system gives no thread or memory for it: {}",
                                              printable(error.what()))};
    }
}

void note_failure(const DeliveryRound& round, const Delivery& delivery, QueueState& state) {
    if (state.failures < std::numeric_limits<int>::max()) ++state.failures;
    if (!state.failing_since) state.failing_since = round.now;
    state.not_before = round.now + retry_delay(state.failures, round.random(), delivery.retry_after);
    state.failure = printable(delivery.detail, max_reason);
}

void note_success(QueueState& state) {
    state.failures = 0;
    state.failing_since.reset();
    state.not_before.reset();
    state.failure.clear();
}

void note_loss(Loss& loss, std::string_view reason) {
    ++loss.count;
    loss.reason = printable(reason, max_reason);
}

// The receiver now knows of these losses: the report told them.
void note_told(const OutgoingReport& report, std::string_view sink, std::string_view code, Loss& loss) {
    for (const ReportFinding& finding : report.report.findings) {
        if (finding.code != code || finding.subject != sink) continue;
        std::uint64_t told = 0;
        std::from_chars(finding.actual.data(), finding.actual.data() + finding.actual.size(), told);
        loss.told = std::max(loss.told, std::min(told, loss.count));
    }
}

void note_delivered(const DeliveryRound& round, const OutgoingReport& report, QueueState& state) {
    note_success(state);
    note_told(report, round.sink->name(), "report_dropped", state.dropped);
    note_told(report, round.sink->name(), "report_refused", state.refused);
    note_told(report, round.sink->name(), "report_damaged", state.damaged);
}

std::optional<Timestamp> last_success_at(const StatusReport& report, const std::optional<Timestamp>& known) {
    if (report.in_desired_state == true) return report.time;
    if (known && *known <= report.time) return known;
    return std::nullopt;
}

Result<OutgoingReport> read_waiting(const DeliveryRound& round, const Queue& queue, const std::string& id) {
    auto json = queue.read(id);
    if (!json) return std::unexpected(std::move(json).error());
    auto report = report_from_json(*json);
    if (!report) return std::unexpected(std::move(report).error());
    if (report->run_id != id)
        return fail(ErrorCode::invalid, "it is the report of the run \"" + printable(report->run_id) + "\"");
    const auto last_success = last_success_at(*report, round.last_success);
    return OutgoingReport{id, *std::move(json), *std::move(report), last_success};
}

bool is_damage(const Error& error) {
    return error.code == ErrorCode::invalid || error.code == ErrorCode::too_large;
}

} // namespace

Result<bool> deliver_queue(const DeliveryRound& round, Queue& queue, QueueState& state) {
    auto waiting = queue.wait_list(round.now);
    if (!waiting) return std::unexpected(std::move(waiting).error());
    if (waiting->dropped > 0) state.dropped.reason = "too many were waiting, or they were too old";
    state.dropped.count += waiting->dropped;
    if (waiting->damaged > 0) state.damaged.reason = "a file whose name no report has";
    state.damaged.count += waiting->damaged;
    if (state.not_before && round.now < *state.not_before &&
        *state.not_before - round.now <= longest_retry_delay) // or the clock was set back
        return !waiting->ids.empty();

    bool first = true;
    for (const std::string& id : waiting->ids) {
        if (round.stop.stop_requested()) return true;
        if (!first && round.deadline - Clock::now() < shortest_delivery) return true;
        const auto report = read_waiting(round, queue, id);
        if (!report && report.error().code == ErrorCode::not_found) continue; // dropped, to make room
        if (!report && !is_damage(report.error())) return std::unexpected(report.error());
        if (!report) {
            WTA_TRY(queue.set_aside(id));
            note_loss(state.damaged, report.error().message);
            continue;
        }
        first = false;
        const auto delivery = take_there(round, *report);
        if (!delivery) return true;
        switch (delivery->kind) {
        case Delivery::Kind::delivered:
            WTA_TRY(queue.remove(id));
            note_delivered(round, *report, state);
            break;
        case Delivery::Kind::refused:
            WTA_TRY(queue.refuse(id, delivery->detail));
            note_success(state); // the receiver is there
            note_loss(state.refused, delivery->detail);
            break;
        case Delivery::Kind::later: note_failure(round, *delivery, state); return true;
        }
    }
    return false;
}

bool deliver_one(const DeliveryRound& round, const OutgoingReport& report, QueueState& state) {
    const auto delivery = take_there(round, report);
    if (!delivery) return false;
    switch (delivery->kind) {
    case Delivery::Kind::delivered: note_delivered(round, report, state); return true;
    case Delivery::Kind::refused:
        note_success(state);
        note_loss(state.refused, delivery->detail);
        return true;
    case Delivery::Kind::later: note_failure(round, *delivery, state); return false;
    }
    return false;
}

} // namespace wta
