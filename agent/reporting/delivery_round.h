// One attempt to deliver to one receiver, within its share of the time.
#pragma once

#include "agent/reporting/queue.h"
#include "agent/reporting/queue_state.h"
#include "agent/reporting/sink.h"

#include <functional>
#include <memory>
#include <stop_token>

namespace wta {

// What a round works with.
struct DeliveryRound {
    std::shared_ptr<Sink> sink;
    Timestamp now;
    std::chrono::steady_clock::time_point deadline;
    std::stop_token stop;
    std::function<double()> random;
    std::optional<Timestamp> last_success; // of this machine, as far as it is known
};

// A report is begun only with this much time left (unless it is the first), because one that is cut short
// counts as a failure of the receiver.
inline constexpr std::chrono::milliseconds shortest_delivery{1'000};

// Delivers what waits in `queue`, oldest first, until it is empty, the time is over, or the receiver fails;
// `state` is what became of it. Returns whether something is left that can be delivered. Errors: those of the
// queue.
[[nodiscard]] Result<bool> deliver_queue(const DeliveryRound& round, Queue& queue, QueueState& state);

// Delivers one report that is in no queue; true when nothing is left to do for it.
[[nodiscard]] bool deliver_one(const DeliveryRound& round, const OutgoingReport& report, QueueState& state);

} // namespace wta
