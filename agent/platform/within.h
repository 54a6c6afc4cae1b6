// Runs work that cannot be cancelled (a name look-up, a share) in a thread that its caller may walk away
// from.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

namespace wta {

// The number of workers that were walked away from and still run: with one of them alive, a process must end
// by _exit, because leaving main() would tear down what the worker uses.
[[nodiscard]] int abandoned_workers();

namespace detail {

void count_abandoned_worker();
void count_ended_worker();

// OpenSSL keeps memory for each thread. On Windows, linked statically, it does not see a thread end
// (OPENSSL_thread_stop(3)); without this each fetch of a resident would leave its share behind.
void free_thread_memory();

// All that the worker and its caller share; whoever leaves last frees it.
template <class T>
struct Handover {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::optional<T> result;
    bool abandoned = false;
};

template <class T, class Work>
void run_worker(std::shared_ptr<Handover<T>> handover, Work work) {
    std::optional<T> result;
    {
        Work once = std::move(work);
        result.emplace(once());
    }
    std::unique_lock lock(handover->mutex);
    const bool abandoned = handover->abandoned;
    if (!abandoned) handover->result.swap(result);
    handover->changed.notify_all();
    lock.unlock();
    handover.reset();
    result.reset();
    free_thread_memory();
    if (abandoned) count_ended_worker();
}

} // namespace detail

// What `work` returns; nothing when the deadline passed or a stop was requested first. The thread is then
// left to itself and counted in abandoned_workers() until it ends. `work` must hold everything it uses by
// value or by shared_ptr, because it may outlive the caller, and must not throw. Throws std::system_error
// when the system gives no thread.
template <class Work>
[[nodiscard]] std::optional<std::invoke_result_t<Work>> within(std::chrono::steady_clock::time_point deadline,
                                                               std::stop_token stop, Work work) {
    using T = std::invoke_result_t<Work>;
    if (stop.stop_requested()) return std::nullopt;

    auto handover = std::make_shared<detail::Handover<T>>();
    std::thread worker([handover, work = std::move(work)]() mutable {
        detail::run_worker<T>(std::move(handover), std::move(work));
    });

    std::unique_lock lock(handover->mutex);
    const bool ended = handover->changed.wait_until(lock, std::move(stop), deadline,
                                                    [&handover] { return handover->result.has_value(); });
    if (!ended) {
        handover->abandoned = true;
        detail::count_abandoned_worker();
        worker.detach();
        return std::nullopt;
    }
    lock.unlock();
    worker.join();
    return std::move(handover->result);
}

// What `read` returns, as within() has it; nothing after `patience`. Where the system gives no thread, it is
// done here and takes the time it takes: what is read is needed more than the limit.
template <class Read>
[[nodiscard]] std::optional<std::invoke_result_t<Read>> read_within(std::chrono::seconds patience,
                                                                    const Read& read) {
    try {
        return within(std::chrono::steady_clock::now() + patience, {}, read);
    } catch (const std::system_error&) {
        return read();
    }
}

} // namespace wta
