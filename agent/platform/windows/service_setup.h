// Installs, starts, stops and removes the agent as a service of Windows: the decisions, over any service
// manager.
#pragma once

#include "agent/platform/windows/service_manager.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace wta::platform {

// All that is set in addition, in this order.
[[nodiscard]] std::vector<ServiceTrait> agent_service_traits();

struct InstalledService {
    struct Refused {
        std::string what; // "the delayed start"
        std::string why;  // in the words of Windows
        bool operator==(const Refused&) const = default;
    };
    bool was_there = false;
    std::vector<Refused> refused; // the service works without these
};

// `image_path` is a command line; its first word is the program. A service of this name that runs another
// program is not touched. Errors: access_denied, busy (about to be removed; or it is another program's), io.
[[nodiscard]] Result<InstalledService> install_service(ServiceManager& manager,
                                                       const std::string& image_path);

// How long the caller waits between two looks; tests do not wait.
using Pause = std::function<void(std::chrono::milliseconds)>;

// Stops it first. False: there was none. A service of this name that runs another program is not touched.
// Errors: access_denied, busy (it runs another program; or its process does not end, or others hold it, and
// it goes when they let go), io.
[[nodiscard]] Result<bool> uninstall_service(ServiceManager& manager, const std::string& image_path,
                                             const Pause& pause);

enum class ServiceChange : std::uint8_t { done, was_so };

// Until it runs, and goes on running for a second. Errors: not_found (not installed), access_denied,
// timed_out, io (it ended; the message says why).
[[nodiscard]] Result<ServiceChange> start_service(ServiceManager& manager, const Pause& pause);

// Until it has stopped. Errors: not_found (not installed), access_denied, timed_out, io.
[[nodiscard]] Result<ServiceChange> stop_service(ServiceManager& manager, const Pause& pause);

// Why a service that is stopped ended last, as a sentence; empty: it was stopped, or never started.
[[nodiscard]] std::string why_service_ended(const ServiceRecord& record);

} // namespace wta::platform
