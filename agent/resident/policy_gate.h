// Keeps a look at the machine from happening while Group Policy is being applied.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

namespace wta {

// Group Policy writes many values one after the other, and may take minutes, or hang. So it is waited for in
// a thread of its own, which is given up after a while: what is seen then may be half of it, and the next
// event brings another look. May be used by one thread at a time.
class PolicyGate {
public:
    // `wait` returns when Group Policy is not at work; it may block for ever.
    PolicyGate(std::function<void()> wait, std::chrono::milliseconds patience);

    // Returns when `wait` has, when the patience is at its end, or when a stop is requested. While a wait
    // that was given up still hangs, there is no second one.
    void pass(const std::stop_token& stop);

private:
    std::function<void()> wait_;
    std::chrono::milliseconds patience_;
    std::shared_ptr<std::atomic<bool>> waiting_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace wta
