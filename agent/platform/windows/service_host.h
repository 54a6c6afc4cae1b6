// Runs the resident under Windows' service manager, which starts it, tells it what happens, and stops it.
#pragma once

#include "agent/platform/windows/resident_signals.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta::platform {

struct ServiceStart {
    bool enforce_now =
        false; // somebody started it by hand; otherwise Windows did, with every machine at once
    bool operator==(const ServiceStart&) const = default;
};

// Works until Signal::stop is raised, and returns the exit code. A second after that signal the process ends,
// whatever the body does.
using ServiceBody = std::function<int(ResidentSignals&, const ServiceStart&)>;

// Nothing, at once, when the service manager did not start this process. Otherwise the exit code, when the
// service has ended: 0 when it was asked to; what else the body returns is reported to the service manager,
// which then restarts the service. Once for each process.
[[nodiscard]] std::optional<int> run_as_service(const std::string& name, const ServiceBody& body);

// What a control of the service manager means to the resident; nothing: it need not know. `event` is the kind
// of a power event.
[[nodiscard]] std::optional<Signal> signal_of(std::uint32_t control, std::uint32_t event);

// `arguments` as a service gets them: its name, then what it was started with.
[[nodiscard]] ServiceStart service_start(const std::vector<std::wstring>& arguments);

} // namespace wta::platform
