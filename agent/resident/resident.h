// The resident: keeps this machine compliant until it is told to stop.
#pragma once

#include "agent/commands/options.h"
#include "agent/platform/windows/resident_signals.h"

namespace wta {

struct ResidentOptions {
    Options options;          // of the command line
    bool enforce_now = false; // a person started it; otherwise every machine of a fleet may do so at once
    bool console = false;     // somebody reads along, on stderr
};

// Until Signal::stop is raised; returns the exit code: 0 when it was stopped, 7 when another resident runs, 5
// when a right is missing, 9 when the agent's folder is not protected. It ends within a second after the
// signal, also when a fetch hangs; then that fetch is an abandoned worker (agent/platform/within.h). May be
// called by any thread, which then waits. Throws std::exception when the system is out of resources.
[[nodiscard]] int run_resident(platform::ResidentSignals& signals, const ResidentOptions& options);

} // namespace wta
