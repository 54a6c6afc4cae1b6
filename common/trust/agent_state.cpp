#include "common/trust/agent_state.h"

#include "common/certificate/store_name.h"
#include "common/trust/contest_memory.h"
#include "common/trust/observed_state.h"

#include <algorithm>

namespace wta {
namespace {

constexpr std::string_view created_keys_name =
    "CreatedKeys"; // REG_SZ, separated by '|', which no key of the list contains
constexpr std::string_view value_was_absent_name = "PolicyValueWasAbsent";

std::string cached_path(const Sha256& pin) { return std::string(cache_key) + "\\" + to_string(pin); }

Result<std::optional<std::string>> read_text(Registry& registry, std::string_view key,
                                             std::string_view name) {
    auto value = registry.get(key, name);
    if (!value) return std::unexpected(value.error());
    if (!*value) return std::nullopt;
    return as_string(**value);
}

Result<std::optional<Timestamp>> read_time(Registry& registry, std::string_view name) {
    auto text = read_text(registry, status_key, name);
    if (!text) return std::unexpected(text.error());
    if (!*text) return std::nullopt;
    return from_rfc3339(**text);
}

Result<std::optional<PreviousPolicy>> read_previous(Registry& registry) {
    auto value = registry.get(previous_key, policy_value_name);
    if (!value) return std::unexpected(value.error());
    if (*value && (*value)->data.size() <= max_previous_value) return PreviousPolicy{*value};
    auto absent = registry.get(previous_key, value_was_absent_name);
    if (!absent) return std::unexpected(absent.error());
    if (*absent && as_dword(**absent) == 1U) return PreviousPolicy{};
    return std::nullopt;
}

// Whatever somebody put below our own key goes with it.
Result<void> erase_tree(Registry& registry, const std::string& key, int depth = 0) {
    constexpr int deepest = 64;
    auto listing = registry.list(key);
    if (!listing) return std::unexpected(listing.error());
    if (!*listing) return {};
    if (depth == deepest)
        return fail(ErrorCode::invalid, "the keys below " + std::string(state_key) + " nest too deep");
    for (const std::string& name : (*listing)->subkeys) {
        WTA_TRY(erase_tree(registry, key + "\\" + name, depth + 1));
    }
    return registry.erase_key(key);
}

// Forged or stale names are dropped here: only keys of the fixed list can ever be removed.
std::vector<std::string> known_keys(std::string_view text) {
    std::vector<std::string> keys;
    for (const std::string& key : undoable_keys()) {
        for (std::size_t start = 0; start <= text.size();) {
            const std::size_t end = std::min(text.find('|', start), text.size());
            if (text.substr(start, end - start) == key) {
                keys.push_back(key);
                break;
            }
            start = end + 1;
        }
    }
    return keys;
}

} // namespace

Result<bool> is_clone(Registry& registry, const Identity& identity) {
    auto guid = read_text(registry, status_key, "MachineGuid");
    if (!guid) return std::unexpected(guid.error());
    auto name = read_text(registry, status_key, "ComputerName");
    if (!name) return std::unexpected(name.error());
    const bool other_guid = *guid && !(*guid)->empty() && **guid != identity.machine_guid;
    const bool other_name =
        *name && !(*name)->empty() && !identity.computer_name.empty() && **name != identity.computer_name;
    return other_guid || other_name;
}

Result<AgentState> read_agent_state(Registry& registry, const Identity& identity) {
    AgentState state;
    auto previous = read_previous(registry);
    if (!previous) return std::unexpected(previous.error());
    state.previous = *previous;
    auto keys = read_text(registry, previous_key, created_keys_name);
    if (!keys) return std::unexpected(keys.error());
    state.created_keys = known_keys(keys->value_or(""));
    auto clone = is_clone(registry, identity);
    if (!clone) return std::unexpected(clone.error());
    if (*clone) return state;
    auto look = read_time(registry, "LastLookUtc");
    if (!look) return std::unexpected(look.error());
    state.last_look = *look;
    auto repair = read_time(registry, "LastRepairUtc");
    if (!repair) return std::unexpected(repair.error());
    state.last_repair = *repair;
    return state;
}

Result<std::optional<CachedCertificate>> read_cached(Registry& registry, const Sha256& pin) {
    auto der = registry.get(cached_path(pin), "Certificate");
    if (!der) return std::unexpected(der.error());
    if (!*der || (*der)->type != reg_binary || sha256_of((*der)->data) != pin) return std::nullopt;
    auto etag = read_text(registry, cached_path(pin), "ETag");
    if (!etag) return std::unexpected(etag.error());
    return CachedCertificate{(*der)->data, *etag};
}

Result<void> write_cached(Registry& registry, const Sha256& pin, const CachedCertificate& cached) {
    WTA_TRY(cached.etag ? registry.set(cached_path(pin), "ETag", string_value(*cached.etag))
                        : registry.erase(cached_path(pin), "ETag"));
    return registry.set(cached_path(pin), "Certificate", binary_value(cached.der));
}

Result<void> erase_cached(Registry& registry, const Sha256& pin) {
    return erase_tree(registry, cached_path(pin));
}

Result<void> erase_cache(Registry& registry) { return erase_tree(registry, std::string(cache_key)); }

Result<void> erase_contest(Registry& registry) { return erase_tree(registry, std::string(contest_key)); }

Result<std::vector<Sha256>> list_cached(Registry& registry) {
    auto listing = registry.list(cache_key);
    if (!listing) return std::unexpected(listing.error());
    std::vector<Sha256> digests;
    if (!*listing) return digests;
    for (const std::string& name : (*listing)->subkeys)
        if (const std::optional<Sha256> digest = sha256_from_hex(name)) digests.push_back(*digest);
    return digests;
}

Result<void> write_previous(Registry& registry, const PreviousPolicy& previous) {
    if (previous.value && previous.value->data.size() <= max_previous_value) {
        WTA_TRY(registry.set(previous_key, policy_value_name, *previous.value));
        return registry.erase(previous_key, value_was_absent_name);
    }
    WTA_TRY(registry.set(previous_key, value_was_absent_name, dword_value(1)));
    return registry.erase(previous_key, policy_value_name);
}

Result<void> write_created_keys(Registry& registry, const std::vector<std::string>& keys) {
    std::string text;
    for (const std::string& key : keys) text += (text.empty() ? "" : "|") + key;
    return registry.set(previous_key, created_keys_name, string_value(text));
}

Result<void> erase_state(Registry& registry, const std::string& key) { return erase_tree(registry, key); }

Result<void> erase_previous(Registry& registry) { return erase_tree(registry, std::string(previous_key)); }

// Never the keys right below SOFTWARE: a hive without them would not be recognised as SOFTWARE any more.
const std::vector<std::string>& undoable_keys() {
    static const std::vector<std::string> keys = [] {
        std::vector<std::string> list;
        for (const StoreName store : {StoreName::root, StoreName::trusted_publisher, StoreName::disallowed}) {
            const std::string certificates = certificates_key(store, Location::machine);
            list.push_back(certificates);
            list.push_back(certificates.substr(0, certificates.rfind('\\')));
        }
        list.emplace_back(R"(Microsoft\SystemCertificates)");
        list.emplace_back(policy_key);
        list.emplace_back(R"(Policies\Microsoft\Windows)");
        list.emplace_back(R"(Policies\Microsoft)");
        return list;
    }();
    return keys;
}

} // namespace wta
