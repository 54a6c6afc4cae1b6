// Takes reports to every place that the settings name: nothing is lost, and nothing waits for it.
//
// A report is kept for each receiver before its result is shown, and delivered after: in this run for as long
// as the caller gives it, then in later ones, until the receiver has acknowledged it. At least once: a run
// that dies between the acknowledgement and the removal of the file delivers it again, under the same id.
#pragma once

#include "agent/reporting/delivery_round.h"
#include "agent/reporting/queue.h"
#include "agent/reporting/queue_state.h"
#include "agent/reporting/reported.h"
#include "agent/reporting/sink.h"
#include "common/trust/assessment.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace wta {

struct ReportingSetup {
    std::filesystem::path folder;             // where reports wait; private (agent/platform/private_folder.h)
    std::vector<std::shared_ptr<Sink>> sinks; // may outlive us in a delivery that hangs
    std::string machine;                      // who this is, as a digest or a name; empty: not known
    Heartbeat heartbeat;
    QueueLimits limits;
    std::function<double()> random; // from 0 (included) to 1 (excluded)
};

class Reporting {
public:
    // Nothing is touched yet.
    explicit Reporting(ReportingSetup setup);

    // What became of earlier reports, for the report of the run that begins.
    [[nodiscard]] std::vector<Finding> findings() const;

    // Keeps `report` for every receiver when it is worth one. What cannot be kept on the disk is kept until
    // deliver(). Does not throw.
    void keep(const StatusReport& report);

    // Delivers what waits, oldest first, to the receivers that are not to be left alone for a while; returns
    // by `deadline`, whatever hangs. While another process delivers, it does nothing. Returns how long until
    // there is something to try again; nothing: all is delivered. Does not throw.
    [[nodiscard]] std::optional<std::chrono::seconds>
    deliver(Timestamp now, std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

private:
    struct Place; // one sink and its queue
    [[nodiscard]] Place place_of(const std::shared_ptr<Sink>& sink) const;

    [[nodiscard]] bool keep_for(const std::shared_ptr<Sink>& sink, const OutgoingReport& report);
    [[nodiscard]] static Result<void> remember(Place& place, QueueState& state);
    [[nodiscard]] Result<bool> deliver_waiting(const DeliveryRound& round, Place& place, QueueState& state);
    void deliver_newest(const DeliveryRound& round, QueueState& state);
    // Returns when there is something to try again.
    [[nodiscard]] std::optional<Timestamp> deliver_to(const DeliveryRound& round);

    ReportingSetup setup_;
    std::optional<OutgoingReport> newest_; // of the last keep()
    // By the names of sinks:
    std::set<std::string> due_;                      // that get newest_ itself, and have not yet
    std::map<std::string, std::uint64_t> made_room_; // reports that were dropped on a full disk
};

} // namespace wta
