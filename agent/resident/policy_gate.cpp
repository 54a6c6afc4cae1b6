#include "agent/resident/policy_gate.h"

#include "agent/platform/within.h"

namespace wta {

PolicyGate::PolicyGate(std::function<void()> wait, std::chrono::milliseconds patience)
    : wait_(std::move(wait)), patience_(patience) {}

void PolicyGate::pass(const std::stop_token& stop) {
    if (waiting_->exchange(true)) return;
    const auto passed =
        within(std::chrono::steady_clock::now() + patience_, stop, [wait = wait_, waiting = waiting_] {
            wait();
            *waiting = false;
            return true;
        });
    static_cast<void>(passed); // what is done next is the same
}

} // namespace wta
