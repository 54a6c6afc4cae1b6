// What one endpoint holds right now: store entries in every location, the policy value, and what surrounds
// it.
#pragma once

#include "common/certificate/chain.h"
#include "common/certificate/store_name.h"
#include "common/certificate/stored_certificate.h"
#include "common/ports/registry.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

// WindowsUpdate.admx, TrustedPublisher_Title: below HKLM\SOFTWARE.
inline constexpr std::string_view policy_key = R"(Policies\Microsoft\Windows\WindowsUpdate)";
inline constexpr std::string_view policy_value_name = "AcceptTrustedPublisherCerts";

struct StoreEntry {
    StoreName store{};
    Location location{};
    std::string key_name; // as stored: the thumbprint, or whatever somebody wrote there
    std::optional<StoredCertificate>
        stored;                   // nothing: no certificate to Windows (undecodable, or under a wrong key)
    std::optional<Sha256> sha256; // of the certificate in `stored`

    [[nodiscard]] bool machine() const { return location == Location::machine; }
    [[nodiscard]] bool ours() const { return machine() && stored && stored->ours(); }
    bool operator==(const StoreEntry&) const = default;
};

struct ObservedState {
    std::vector<StoreEntry> entries;
    std::optional<RegistryValue> policy_value;
    bool intranet_update_service = false;  // WUServer is set and AU\UseWUServer is 1
    std::string machine_guid;              // empty: there is none
    std::map<Sha256, ChainVerdict> chains; // of CA-issued certificates; filled by who can ask the endpoint

    // Readable entries of that certificate, in every location.
    [[nodiscard]] std::vector<const StoreEntry*> find(StoreName store, const Sha256& certificate) const;
    [[nodiscard]] bool holds(StoreName store, const Sha256& certificate) const {
        return !find(store, certificate).empty();
    }
    // An entry of our own location under that thumbprint that is no certificate.
    [[nodiscard]] bool damaged(StoreName store, const Thumbprint& thumbprint) const;
    // The bytes of a certificate from any store.
    [[nodiscard]] std::optional<Bytes> bytes_of(const Sha256& certificate) const;
    bool operator==(const ObservedState&) const = default;
};

// The one reader of certificate stores and policy, for every endpoint. Errors: those of the registry.
[[nodiscard]] Result<ObservedState> observe(Registry& registry);

// The certificates that chains are judged with; `also_distrusted` is what the settings call distrusted.
[[nodiscard]] ChainStores chain_stores(const ObservedState& observed,
                                       const std::vector<Sha256>& also_distrusted);

} // namespace wta
