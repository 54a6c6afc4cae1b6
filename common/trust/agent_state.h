// What the agent remembers on the endpoint itself, below HKLM\SOFTWARE\WsusTrustAgent: history, never safety.
//
// Whatever is missing, garbled or of a wrong type reads as absent; cached bytes count only when they hash to
// the pin that asks for them.
#pragma once

#include "common/base/time.h"
#include "common/certificate/digest.h"
#include "common/ports/registry.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

inline constexpr std::string_view state_key = "WsusTrustAgent";
inline constexpr std::string_view status_key = R"(WsusTrustAgent\Status)";
inline constexpr std::string_view previous_key = R"(WsusTrustAgent\Previous)";
inline constexpr std::string_view cache_key = R"(WsusTrustAgent\Cache)";

// No policy writes a larger value: such a one is remembered as absent, and one in the state is a forgery and
// not read.
inline constexpr std::size_t max_previous_value = 1'024; // bytes

// The policy value before we wrote it.
struct PreviousPolicy {
    std::optional<RegistryValue> value; // nothing: it did not exist
    bool operator==(const PreviousPolicy&) const = default;
};

struct CachedCertificate {
    Bytes der;
    std::optional<std::string> etag;
    bool operator==(const CachedCertificate&) const = default;
};

struct AgentState {
    std::optional<PreviousPolicy> previous;
    std::vector<std::string> created_keys; // those of undoable_keys() that did not exist before us
    std::optional<Timestamp> last_look;    // at the publication
    std::optional<Timestamp> last_repair;  // that changed something
    bool operator==(const AgentState&) const = default;
};

// Who the endpoint is: a copy of the state on another machine (a cloned image) has lost its times.
struct Identity {
    std::string machine_guid;
    std::string computer_name; // empty: not known (an image)
    bool operator==(const Identity&) const = default;
};

// The state was written on another machine.
[[nodiscard]] Result<bool> is_clone(Registry& registry, const Identity& identity);

[[nodiscard]] Result<AgentState> read_agent_state(Registry& registry, const Identity& identity);

// The bytes hash to `pin`, or nothing is returned.
[[nodiscard]] Result<std::optional<CachedCertificate>> read_cached(Registry& registry, const Sha256& pin);

[[nodiscard]] Result<void> write_cached(Registry& registry, const Sha256& pin,
                                        const CachedCertificate& cached);
[[nodiscard]] Result<void> erase_cached(Registry& registry, const Sha256& pin);
// The whole cache.
[[nodiscard]] Result<void> erase_cache(Registry& registry);
// Who took back what.
[[nodiscard]] Result<void> erase_contest(Registry& registry);
// Digests that have a cache entry.
[[nodiscard]] Result<std::vector<Sha256>> list_cached(Registry& registry);

// Written before the change that it describes.
[[nodiscard]] Result<void> write_previous(Registry& registry, const PreviousPolicy& previous);
[[nodiscard]] Result<void> write_created_keys(Registry& registry, const std::vector<std::string>& keys);
// A key below state_key, with whatever somebody put below it.
[[nodiscard]] Result<void> erase_state(Registry& registry, const std::string& key);
// Forgets Previous and the keys created, after undo.
[[nodiscard]] Result<void> erase_previous(Registry& registry);

// Every key that a repair may ever create and undo may remove when it is empty, deepest first.
[[nodiscard]] const std::vector<std::string>& undoable_keys();

} // namespace wta
