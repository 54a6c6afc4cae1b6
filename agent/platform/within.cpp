#include "agent/platform/within.h"

#include <atomic>
#include <openssl/crypto.h>

namespace wta {
namespace {

// One number for the process: the question it answers (may main() return?) is about the process.
std::atomic<int>& abandoned_count() {
    static constinit std::atomic<int> count{0};
    return count;
}

} // namespace

int abandoned_workers() { return abandoned_count().load(); }

void detail::count_abandoned_worker() { abandoned_count().fetch_add(1); }

void detail::count_ended_worker() { abandoned_count().fetch_sub(1); }

void detail::free_thread_memory() { OPENSSL_thread_stop(); }

} // namespace wta
