#include "common/trust/observed_state.h"

#include <algorithm>

namespace wta {
namespace {

constexpr std::string_view au_key = R"(Policies\Microsoft\Windows\WindowsUpdate\AU)";
constexpr std::string_view cryptography_key = R"(Microsoft\Cryptography)";

bool same_thumbprint(std::string_view key_name, const Thumbprint& thumbprint) {
    const std::optional<Thumbprint> named = thumbprint_from_hex(key_name);
    return named && *named == thumbprint;
}

StoreEntry read_entry(StoreName store, Location location, const std::string& name,
                      const std::optional<RegistryValue>& blob) {
    StoreEntry entry{.store = store, .location = location, .key_name = name, .stored = {}, .sha256 = {}};
    entry.stored = loaded_certificate(name, blob);
    if (entry.stored) entry.sha256 = sha256_of(entry.stored->der());
    return entry;
}

Result<void> observe_store(Registry& registry, StoreName store, Location location,
                           std::vector<StoreEntry>& entries) {
    const std::string key = certificates_key(store, location);
    auto listing = registry.list(key);
    if (!listing) return within_context("read store " + std::string(to_string(store)), listing.error());
    if (!*listing) return {};
    for (const std::string& name : (*listing)->subkeys) {
        auto blob = registry.get(key + "\\" + name, "Blob");
        if (!blob) return within_context("read store " + std::string(to_string(store)), blob.error());
        entries.push_back(read_entry(store, location, name, *blob));
    }
    return {};
}

Result<bool> observe_update_service(Registry& registry) {
    auto server = registry.get(policy_key, "WUServer");
    if (!server) return std::unexpected(server.error());
    auto use = registry.get(au_key, "UseWUServer");
    if (!use) return std::unexpected(use.error());
    const bool named = *server && !as_string(**server).value_or("").empty();
    return named && *use && as_dword(**use) == 1U;
}

} // namespace

std::optional<StoredCertificate> loaded_certificate(std::string_view key_name,
                                                    const std::optional<RegistryValue>& blob) {
    if (!blob || blob->type != reg_binary) return std::nullopt;
    Result<StoredCertificate> stored = decode_blob(blob->data);
    if (!stored || !loads_under(key_name, *stored)) return std::nullopt;
    return std::move(*stored);
}

std::vector<const StoreEntry*> ObservedState::find(StoreName store, const Sha256& certificate) const {
    std::vector<const StoreEntry*> found;
    for (const StoreEntry& entry : entries)
        if (entry.store == store && entry.sha256 == certificate) found.push_back(&entry);
    return found;
}

bool ObservedState::in_place(StoreName store, const Sha256& certificate) const {
    return std::ranges::any_of(find(store, certificate), [](const StoreEntry* entry) {
        return same_thumbprint(entry->key_name, thumbprint_of(entry->stored->der()));
    });
}

bool ObservedState::damaged(StoreName store, const Thumbprint& thumbprint) const {
    return std::ranges::any_of(entries, [&](const StoreEntry& entry) {
        const bool whole = entry.stored && thumbprint_of(entry.stored->der()) == thumbprint;
        return entry.store == store && entry.machine() && !whole &&
               same_thumbprint(entry.key_name, thumbprint);
    });
}

bool ObservedState::named(StoreName store, const Thumbprint& thumbprint) const {
    return std::ranges::any_of(entries, [&](const StoreEntry& entry) {
        return entry.store == store && same_thumbprint(entry.key_name, thumbprint);
    });
}

std::optional<Bytes> ObservedState::bytes_of(const Sha256& certificate) const {
    const auto found = std::ranges::find(entries, std::optional(certificate), &StoreEntry::sha256);
    if (found == entries.end()) return std::nullopt;
    return to_bytes(found->stored->der());
}

Result<std::string> read_machine_guid(Registry& registry) {
    auto guid = registry.get(cryptography_key, "MachineGuid");
    if (!guid) return std::unexpected(guid.error());
    return *guid ? as_string(**guid).value_or("") : std::string();
}

Result<ObservedState> observe(Registry& registry) {
    ObservedState observed;
    for (const StoreName store : all_stores)
        for (const Location location : all_locations)
            WTA_TRY(observe_store(registry, store, location, observed.entries));
    auto value = registry.get(policy_key, policy_value_name);
    if (!value) return within_context("read AcceptTrustedPublisherCerts", value.error());
    observed.policy_value = *value;
    auto service = observe_update_service(registry);
    if (!service) return within_context("read the update service", service.error());
    observed.intranet_update_service = *service;
    auto guid = read_machine_guid(registry);
    if (!guid) return within_context("read MachineGuid", guid.error());
    observed.machine_guid = std::move(*guid);
    return observed;
}

ChainStores chain_stores(const ObservedState& observed, const std::vector<Sha256>& also_distrusted) {
    ChainStores stores;
    stores.distrusted.insert(also_distrusted.begin(), also_distrusted.end());
    for (const StoreEntry& entry : observed.entries) {
        if (!entry.stored) continue;
        const bool anchor = entry.store == StoreName::root || entry.store == StoreName::auth_root;
        const bool helper = entry.store == StoreName::ca || entry.store == StoreName::disallowed;
        if (anchor) stores.roots.push_back(to_bytes(entry.stored->der()));
        if (helper) stores.intermediates.push_back(to_bytes(entry.stored->der()));
        if (entry.store == StoreName::disallowed) stores.distrusted.insert(*entry.sha256);
    }
    return stores;
}

} // namespace wta
