// One piece of work in a thread of its own, while its owner waits for other things as well.
#pragma once

#include "agent/platform/windows/event.h"

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

namespace wta {

class Worker {
public:
    // Work that has not ended `longest` after its start is left to itself.
    explicit Worker(std::chrono::milliseconds longest) : longest_(longest) {}
    ~Worker() { leave(std::chrono::milliseconds{0}); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Must hold what it uses by value or by shared_ptr, because it may be left alone, and must not throw.
    using Work = std::function<void(const std::stop_token&)>;

    // Throws std::system_error when the system gives no thread.
    void start(Work work);

    // From start() to collect() or leave().
    [[nodiscard]] bool busy() const { return thread_.joinable(); }

    // A HANDLE to wait for, raised when the work has ended, or was left to itself; stays ours.
    [[nodiscard]] void* ended() const { return ended_.handle(); }

    // After ended(): gives the thread back. False when the work was left to itself: then it may still write
    // to what it was given.
    [[nodiscard]] bool collect();

    // Asks the work to stop, and waits that long. Work that is still not at its end is left to itself, and
    // counts as an abandoned worker (agent/platform/within.h). Does nothing when there is no work.
    void leave(std::chrono::milliseconds grace);

private:
    std::chrono::milliseconds longest_;
    platform::Event ended_;
    bool done_ = false;         // the work has ended; written before ended_ is raised
    std::stop_source asked_;    // the work itself may end when it likes
    std::stop_source given_up_; // nobody waits for it any more
    std::jthread thread_;
};

} // namespace wta
