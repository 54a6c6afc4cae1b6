#include "common/trust/tombstones.h"

#include "common/trust/agent_state.h"

#include <algorithm>

namespace wta {
namespace {

constexpr std::string_view id_name = "Id";
constexpr std::string_view time_name = "TimeUtc";

// As a run's id is written: 8-4-4-4-12 hexadecimal digits. What somebody else put there is never repeated to
// people.
bool is_id(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(text, form, [](char is, char wanted) {
        const bool digit = (is >= '0' && is <= '9') || (is >= 'a' && is <= 'f');
        return wanted == 'x' ? digit : is == wanted;
    });
}

Result<std::string> read_text(Registry& registry, const Sha256& sha256, std::string_view name) {
    auto value = registry.get(tombstone_key(sha256), name);
    if (!value) return std::unexpected(value.error());
    return *value ? as_string(**value).value_or("") : std::string();
}

Result<Tombstone> read_one(Registry& registry, const Sha256& sha256) {
    Tombstone tombstone{.sha256 = sha256, .id = {}, .time = {}};
    auto id = read_text(registry, sha256, id_name);
    if (!id) return std::unexpected(id.error());
    if (is_id(*id)) tombstone.id = *std::move(id);
    const auto time = read_text(registry, sha256, time_name);
    if (!time) return std::unexpected(time.error());
    tombstone.time = from_rfc3339(*time);
    return tombstone;
}

bool lifts(const CertificateSettings& entry, const Tombstone& tombstone) {
    return entry.state == CertificateState::trusted && tombstone.id && entry.retrust == tombstone.id;
}

void outrank_one(const Tombstone& tombstone, OutrankedSettings& out) {
    std::vector<CertificateSettings*> named;
    for (CertificateSettings& entry : out.settings.certificates)
        if (entry.sha256 == tombstone.sha256) named.push_back(&entry);
    if (std::ranges::any_of(named, [&](const auto* entry) { return lifts(*entry, tombstone); })) {
        out.by_hand.lifted.push_back(tombstone.sha256);
        return;
    }
    if (std::ranges::any_of(named,
                            [](const auto* entry) { return entry->state == CertificateState::trusted; }))
        out.by_hand.outranked.push_back(tombstone.sha256);
    if (std::ranges::any_of(named, [](const auto* entry) {
            return entry->state == CertificateState::trusted && entry->retrust;
        }))
        out.by_hand.other_id.push_back(tombstone.sha256);
    for (CertificateSettings* entry : named) entry->state = CertificateState::distrusted;
    if (!named.empty()) return;
    CertificateSettings added;
    added.sha256 = tombstone.sha256;
    added.state = CertificateState::distrusted;
    out.settings.certificates.push_back(std::move(added));
    out.by_hand.unnamed.push_back(tombstone.sha256);
}

} // namespace

std::string tombstone_key(const Sha256& sha256) {
    return std::string(distrusted_key) + "\\" + to_string(sha256);
}

Result<std::vector<Tombstone>> read_tombstones(Registry& registry) {
    std::vector<Tombstone> tombstones;
    auto listing = registry.list(distrusted_key);
    if (!listing) return within_context("read what was distrusted by hand", listing.error());
    if (!*listing) return tombstones;
    for (const std::string& name : (*listing)->subkeys) {
        const std::optional<Sha256> sha256 = sha256_from_hex(name);
        if (!sha256) continue;
        auto tombstone = read_one(registry, *sha256);
        if (!tombstone) return within_context("read what was distrusted by hand", tombstone.error());
        tombstones.push_back(*std::move(tombstone));
    }
    return tombstones;
}

Result<std::optional<Tombstone>> read_tombstone(Registry& registry, const Sha256& sha256) {
    const auto listing = registry.list(tombstone_key(sha256));
    if (!listing) return std::unexpected(listing.error());
    if (!*listing) return std::nullopt;
    auto tombstone = read_one(registry, sha256);
    if (!tombstone) return std::unexpected(tombstone.error());
    return *std::move(tombstone);
}

Result<void> write_tombstone(Registry& registry, const Tombstone& tombstone) {
    const std::string key = tombstone_key(tombstone.sha256);
    WTA_TRY(registry.set(key, id_name, string_value(*tombstone.id)));
    return registry.set(key, time_name, string_value(to_rfc3339(*tombstone.time)));
}

Result<void> erase_tombstone(Registry& registry, const Sha256& sha256) {
    return erase_state(registry, tombstone_key(sha256));
}

OutrankedSettings outrank(Settings settings, const std::vector<Tombstone>& tombstones) {
    OutrankedSettings out{.settings = std::move(settings), .by_hand = {}};
    for (const Tombstone& tombstone : tombstones) outrank_one(tombstone, out);
    return out;
}

} // namespace wta
