#include "common/trust/observed_state.h"

#include <algorithm>
#include <array>

namespace wta {
namespace {

constexpr std::string_view au_key = R"(Policies\Microsoft\Windows\WindowsUpdate\AU)";
constexpr std::string_view cryptography_key = R"(Microsoft\Cryptography)";
constexpr std::string_view mdm_key = R"(Microsoft\PolicyManager\current\device\Update)";
// Either is there where a client of Configuration Manager is.
constexpr std::array config_mgr_keys{std::string_view(R"(Microsoft\SMS\Mobile Client)"),
                                     std::string_view(R"(Microsoft\CCM)")};
constexpr std::string_view safer_of_policy =
    R"(Policies\Microsoft\SystemCertificates\TrustedPublisher\Safer)";
constexpr std::string_view safer_of_machine = R"(Microsoft\SystemCertificates\TrustedPublisher\Safer)";
constexpr std::string_view protected_roots_key =
    R"(Policies\Microsoft\SystemCertificates\Root\ProtectedRoots)";
constexpr std::string_view auth_root_key = R"(Policies\Microsoft\SystemCertificates\AuthRoot)";

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

// What only explains and is only reported must not end the run of a user who may not look at it: it is not
// known.
template <class T>
Result<std::optional<T>> if_allowed(Result<std::optional<T>> read) {
    if (!read && read.error().code == ErrorCode::access_denied) return std::optional<T>();
    return read;
}

Result<void> observe_managers(Registry& registry, ObservedState& observed) {
    auto mdm = if_allowed(registry.get(mdm_key, "AllowNonMicrosoftSignedUpdate"));
    if (!mdm) return std::unexpected(mdm.error());
    observed.mdm_value = std::move(*mdm);
    for (const std::string_view key : config_mgr_keys) {
        const auto client = if_allowed(registry.list(key));
        if (!client) return std::unexpected(client.error());
        if (*client) observed.config_mgr_client = true;
    }
    return {};
}

Result<std::uint32_t> read_number(Registry& registry, std::string_view key, std::string_view name) {
    const auto value = if_allowed(registry.get(key, name));
    if (!value) return std::unexpected(value.error());
    return *value ? as_dword(**value).value_or(0) : 0;
}

Result<TrustLimits> observe_limits(Registry& registry) {
    const auto by_policy = read_number(registry, safer_of_policy, "AuthenticodeFlags");
    if (!by_policy) return std::unexpected(by_policy.error());
    const auto of_machine = read_number(registry, safer_of_machine, "AuthenticodeFlags");
    if (!of_machine) return std::unexpected(of_machine.error());
    const auto roots = read_number(registry, protected_roots_key, "Flags");
    if (!roots) return std::unexpected(roots.error());
    const auto no_update = read_number(registry, auth_root_key, "DisableRootAutoUpdate");
    if (!no_update) return std::unexpected(no_update.error());
    return TrustLimits{*by_policy, *of_machine, *roots, *no_update == 1};
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
    if (const auto managers = observe_managers(registry, observed); !managers)
        return within_context("read who manages this machine", managers.error());
    auto limits = observe_limits(registry);
    if (!limits) return within_context("read the policies about certificates", limits.error());
    observed.limits = *limits;
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
