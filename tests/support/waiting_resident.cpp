// In the place of the resident, for tests of the service alone: it ends with 3 when the settings are invalid;
// fetches from the first source of each certificate, deaf to everything meanwhile; then writes down which
// signals reach it, in a file beside the settings.
#include "agent/commands/load_settings.h"
#include "agent/platform/resident_lock.h"
#include "agent/resident/resident.h"
#include "agent/transport/transports.h"

#include <windows.h>

#include <array>
#include <fstream>

namespace wta {
namespace {

using platform::ResidentSignals;
using platform::Signal;

void write_down(const Options& options, const std::string& what) {
    std::ofstream(options.config.value_or("waiting") + ".log", std::ios::app) << what << std::endl;
}

void fetch_all(const Settings& settings) {
    const auto transport = make_transport(transport_options(settings));
    for (const CertificateSettings& certificate : settings.certificates)
        for (const auto& source : certificate.sources)
            static_cast<void>(transport->fetch({.location = source}));
}

int wait_for_the_end(const ResidentSignals& signals, const Options& options) {
    constexpr std::array kinds{Signal::stop, Signal::run_now, Signal::resumed, Signal::clock_changed};
    constexpr std::array names{"stop", "run_now", "resumed", "clock_changed"};
    std::array<HANDLE, kinds.size()> handles{};
    for (std::size_t i = 0; i < kinds.size(); ++i) handles.at(i) = signals.handle(kinds.at(i));
    for (;;) {
        const DWORD raised = ::WaitForMultipleObjects(handles.size(), handles.data(), FALSE, INFINITE);
        write_down(options, names.at(raised));
        if (raised == 0) return 0;
    }
}

} // namespace

int run_resident(ResidentSignals& signals, const ResidentOptions& resident) {
    const auto alone = platform::ResidentLock::acquire();
    if (!alone) return 7;
    const LoadedSettings loaded = load_settings(resident.options);
    if (!loaded.problems.empty()) return 3;
    write_down(resident.options, resident.enforce_now ? "started now" : "started");
    fetch_all(loaded.settings);
    return wait_for_the_end(signals, resident.options);
}

} // namespace wta
