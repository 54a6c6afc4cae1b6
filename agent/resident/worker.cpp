#include "agent/resident/worker.h"

#include "agent/platform/windows/wait.h"
#include "agent/platform/within.h"

#include <array>

namespace wta {

// A thread that keeps another one, which it can walk away from.
void Worker::start(Work work) {
    asked_ = std::stop_source();
    given_up_ = std::stop_source();
    thread_ = std::jthread([this, work = std::move(work), asked = asked_.get_token()] {
        const auto ended =
            within(std::chrono::steady_clock::now() + longest_, given_up_.get_token(), [work, asked] {
                work(asked);
                return true;
            });
        done_ = ended.has_value();
        ended_.raise();
    });
}

bool Worker::collect() {
    thread_.join();
    return done_;
}

void Worker::leave(std::chrono::milliseconds grace) {
    if (!busy()) return;
    asked_.request_stop();
    const std::array<void*, 1> ended{ended_.handle()};
    static_cast<void>(platform::wait_for_any(ended, grace));
    given_up_.request_stop();
    thread_.join();
}

} // namespace wta
