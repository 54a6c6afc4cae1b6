// What Windows' service manager keeps of one service, and what it can be asked to do with it.
#pragma once

#include "common/base/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wta::platform {

// The name under which the agent is known to the service manager, and as a source to the event log.
inline constexpr const char* agent_service = "WsusTrustAgent";

enum class ServiceState : std::uint8_t { stopped, starting, stopping, running, continuing, pausing, paused };
enum class ServiceStartType : std::uint8_t { automatic, by_hand, disabled, driver };

struct ServiceRecord {
    ServiceState state{};
    ServiceStartType start{};
    bool delayed = false; // automatic start, after the others
    std::string image_path{};
    std::string account{};
    std::uint32_t process = 0;   // 0: none
    std::uint32_t exit_code = 0; // why it ended last: an error of Windows; 1077: never started since boot
    std::uint32_t own_code = 0;  // with exit_code 1066: the exit code of the agent
    bool operator==(const ServiceRecord&) const = default;
};

// Without these there is no service: its name for people and the command line that is run, as LocalSystem in
// a process of its own, when Windows starts.
struct ServiceBasics {
    std::string display_name;
    std::string image_path;
    bool operator==(const ServiceBasics&) const = default;
};

// What is set in addition. Each may be refused without harm to the others.
struct ServiceDescription {
    std::string text;
    bool operator==(const ServiceDescription&) const = default;
};
struct DelayedStart {
    bool operator==(const DelayedStart&) const = default;
};
struct Recovery { // restarts after the first, second, … and every later failure
    std::vector<std::chrono::seconds> restart_after;
    std::chrono::seconds forget_after{}; // without a failure, the next one is the first again
    bool operator==(const Recovery&) const = default;
};
struct RecoveryAlsoAfterExit { // an exit with an error counts as a failure, not only a crash
    bool operator==(const RecoveryAlsoAfterExit&) const = default;
};
struct PreshutdownTime { // that a shutdown waits for it
    std::chrono::milliseconds time{};
    bool operator==(const PreshutdownTime&) const = default;
};
struct UnrestrictedServiceSid { // NT SERVICE\<name> is in its token
    bool operator==(const UnrestrictedServiceSid&) const = default;
};
struct RequiredPrivileges { // all others are taken out of its token
    std::vector<std::string> names;
    bool operator==(const RequiredPrivileges&) const = default;
};
using ServiceTrait = std::variant<ServiceDescription, DelayedStart, Recovery, RecoveryAlsoAfterExit,
                                  PreshutdownTime, UnrestrictedServiceSid, RequiredPrivileges>;

// One service. Errors of all: access_denied (but for query(): not elevated), not_found (no such service), io.
// Every error carries the number of Windows.
class ServiceManager {
public:
    virtual ~ServiceManager() = default;

    // Creates the service, or sets the same of the one that is there.
    [[nodiscard]] virtual Result<void> put(const ServiceBasics& basics) = 0;
    [[nodiscard]] virtual Result<void> set(const ServiceTrait& trait) = 0;
    // It is gone when its process has ended and nobody looks at it any more.
    [[nodiscard]] virtual Result<void> remove() = 0;

    // Both return as soon as it has been asked. The arguments reach the service as it starts.
    [[nodiscard]] virtual Result<void> start(const std::vector<std::string>& arguments) = 0;
    [[nodiscard]] virtual Result<void> stop() = 0;

    // Nothing: there is no such service. Needs no elevation.
    [[nodiscard]] virtual Result<std::optional<ServiceRecord>> query() = 0;
};

// Windows' own.
[[nodiscard]] std::unique_ptr<ServiceManager> service_manager(const std::string& name);

} // namespace wta::platform
