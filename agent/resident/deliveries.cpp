#include "agent/resident/deliveries.h"

#include <algorithm>

namespace wta {
namespace {

// Of one delivery, as after a run by hand; the rest follows.
constexpr std::chrono::seconds longest_delivery{5};

Timestamp wall_clock() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

} // namespace

void Deliveries::take(std::shared_ptr<Reporting> reporting, Steady now) {
    if (!reporting) return;
    reporting_ = std::move(reporting);
    due_ = now;
}

void Deliveries::start_when_due(Steady now) {
    if (busy() || !due_ || now < *due_) return;
    due_.reset();
    again_ = std::make_shared<std::optional<std::chrono::seconds>>();
    worker_.start([reporting = reporting_, again = again_](const std::stop_token& stop) {
        *again = reporting->deliver(wall_clock(), std::chrono::steady_clock::now() + longest_delivery, stop);
    });
}

void Deliveries::ended(Steady now) {
    if (!worker_.collect() || !*again_) return;
    const Steady again = now + **again_;
    due_ = due_ ? std::min(*due_, again) : again; // a run may have ended meanwhile
}

std::optional<std::chrono::milliseconds> Deliveries::wait(Steady now) const {
    if (busy() || !due_) return std::nullopt;
    return std::max(*due_ - now, Steady{0});
}

} // namespace wta
