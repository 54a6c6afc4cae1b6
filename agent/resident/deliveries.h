// Takes reports to their receivers in a thread of its own, so that no run of the resident waits for one.
#pragma once

#include "agent/reporting/reporting.h"
#include "agent/resident/worker.h"

#include <chrono>
#include <memory>
#include <optional>

namespace wta {

// For one thread. Times are those of the steady clock, from any beginning.
class Deliveries {
public:
    using Steady = std::chrono::milliseconds;

    explicit Deliveries(std::chrono::milliseconds longest) : worker_(longest) {}

    // What a run kept is due at once; null changes nothing.
    void take(std::shared_ptr<Reporting> reporting, Steady now);

    // Begins a delivery when one is due and none is under way. Throws std::system_error when the system gives
    // no thread.
    void start_when_due(Steady now);

    [[nodiscard]] bool busy() const { return worker_.busy(); }
    // A HANDLE to wait for while busy(), raised when the delivery has ended; then ended() is called.
    [[nodiscard]] void* handle() const { return worker_.ended(); }
    void ended(Steady now);

    // Until start_when_due() has something to do; nothing: until something else happens.
    [[nodiscard]] std::optional<std::chrono::milliseconds> wait(Steady now) const;

    // The delivery that is under way ends, or is left, within `grace`.
    void leave(std::chrono::milliseconds grace) { worker_.leave(grace); }

private:
    std::shared_ptr<Reporting> reporting_;
    std::optional<Steady> due_;
    std::shared_ptr<std::optional<std::chrono::seconds>> again_; // of the delivery under way
    Worker worker_;
};

} // namespace wta
