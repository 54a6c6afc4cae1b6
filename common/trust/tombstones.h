// What `distrust` leaves on an endpoint: a mark for each digest that outranks every `trusted` in settings,
// until these name the mark's own id.
//
// Below HKLM\SOFTWARE\WsusTrustAgent\Distrusted, a key for each digest with its id and time. Undo leaves it,
// a clone keeps it.
#pragma once

#include "common/base/time.h"
#include "common/certificate/digest.h"
#include "common/ports/registry.h"
#include "common/settings/settings.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

inline constexpr std::string_view distrusted_key = R"(WsusTrustAgent\Distrusted)";

struct Tombstone {
    Sha256 sha256;
    std::optional<std::string> id; // a UUID in lower case; nothing: unreadable, and then no setting lifts it
    std::optional<Timestamp> time;

    [[nodiscard]] bool complete() const { return id && time; }
    bool operator==(const Tombstone&) const = default;
};

[[nodiscard]] std::string tombstone_key(const Sha256& sha256);

// The safe side: every key that is named like a digest is one, whatever is in it.
[[nodiscard]] Result<std::vector<Tombstone>> read_tombstones(Registry& registry);
[[nodiscard]] Result<std::optional<Tombstone>> read_tombstone(Registry& registry, const Sha256& sha256);

// `tombstone` is complete. The id comes first: with it alone the mark counts already.
[[nodiscard]] Result<void> write_tombstone(Registry& registry, const Tombstone& tombstone);
[[nodiscard]] Result<void> erase_tombstone(Registry& registry, const Sha256& sha256);

// How the settings and the tombstones of an endpoint relate.
struct DistrustedByHand {
    std::vector<Sha256> outranked;  // the settings call them trusted, without the right `retrust:`
    std::vector<Sha256> unnamed;    // the settings do not name them
    std::vector<Sha256> lifted;     // the settings name the id: the tombstone has to go
    std::vector<Sha256> other_id{}; // of those outranked: the settings name an id, and not the right one
    bool operator==(const DistrustedByHand&) const = default;
};

struct OutrankedSettings {
    Settings settings; // what a tombstone outranks is distrusted, and so is what only a tombstone names
    DistrustedByHand by_hand;
};

[[nodiscard]] OutrankedSettings outrank(Settings settings, const std::vector<Tombstone>& tombstones);

} // namespace wta
