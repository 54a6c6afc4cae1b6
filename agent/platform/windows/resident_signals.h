// What reaches the resident from outside: raised by any thread, waited for by one.
#pragma once

#include <array>
#include <cstdint>

namespace wta::platform {

enum class Signal : std::uint8_t {
    stop,          // end now: nothing else counts any more
    run_now,       // somebody asks for a run
    resumed,       // the machine was asleep
    clock_changed, // the wall clock jumped
};

// Each signal is an event of Windows. `stop` stays raised; the others are taken by the wait that they end.
class ResidentSignals {
public:
    // Throws std::bad_alloc when the system gives no event.
    ResidentSignals();
    ~ResidentSignals();
    ResidentSignals(const ResidentSignals&) = delete;
    ResidentSignals& operator=(const ResidentSignals&) = delete;

    void raise(Signal signal);
    [[nodiscard]] bool stop_raised() const;
    [[nodiscard]] void* handle(Signal signal) const; // a HANDLE to wait for; stays ours

private:
    std::array<void*, 4> events_{};
};

} // namespace wta::platform
