// What the agent remembers about who takes back what it puts right, in WsusTrustAgent\Contest of a live
// machine.
//
// One value for each fact, so that each write is whole: SettingsDigest; PolicyRight; PolicyTakenBack, the
// times of it; PolicyOwner; and for each certificate and store "Root <sha256>" = inPlace, puttingBack TIME,
// putBack TIME. What is garbled reads as absent: it costs memory, and never safety.
#pragma once

#include "common/base/time.h"
#include "common/certificate/digest.h"
#include "common/certificate/store_name.h"
#include "common/ports/registry.h"
#include "common/trust/owner.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wta {

inline constexpr std::string_view contest_key = R"(WsusTrustAgent\Contest)";

// The policy value taken back as often is contested.
inline constexpr std::size_t contested_after = 2;

// One certificate in one store.
struct Placed {
    enum class State {
        in_place,     // was seen there, or put there; nobody has taken it away since
        putting_back, // a run was about to put it back, and never told that it has
        put_back,     // after somebody took it away
    };
    State state{};
    Timestamp when{}; // it was put back
    bool operator==(const Placed&) const = default;
};

struct ContestMemory {
    std::string settings_digest;            // of the settings under which this was noticed
    bool policy_right = false;              // the policy value was right at the end of the last run
    std::vector<Timestamp> policy_reverted; // when it was found taken back; at most `contested_after`
    std::optional<Owner> policy_owner;      // who took it back, once it is contested
    std::map<std::pair<Sha256, StoreName>, Placed> placed;
    bool operator==(const ContestMemory&) const = default;
};

// Errors: those of the registry.
[[nodiscard]] Result<ContestMemory> read_contest_memory(Registry& registry);

// Writes what differs from `stored`, which is what read_contest_memory() returned; nothing when nothing does.
[[nodiscard]] Result<void> write_contest_memory(Registry& registry, const ContestMemory& stored,
                                                const ContestMemory& memory);

} // namespace wta
