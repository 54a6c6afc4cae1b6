// What one endpoint holds right now: store entries in every location, the policy value, and what surrounds
// it.
#pragma once

#include "common/certificate/chain.h"
#include "common/certificate/store_name.h"
#include "common/certificate/stored_certificate.h"
#include "common/ports/registry.h"
#include "common/trust/owner.h"

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
    std::string key_name;                    // as stored: the thumbprint, or whatever somebody wrote there
    std::optional<StoredCertificate> stored; // nothing: Windows loads no certificate from it
    std::optional<Sha256> sha256;            // of the certificate in `stored`

    [[nodiscard]] bool machine() const { return location == Location::machine; }
    [[nodiscard]] bool ours() const { return machine() && stored && stored->ours(); }
    bool operator==(const StoreEntry&) const = default;
};

// What else of Windows decides which publishers and roots count (wincrypt.h names the values and flags). Only
// ever reported. Flags of no such value, or of one of another type, are 0.
struct TrustLimits {
    std::uint32_t authenticode_by_policy = 0; // AuthenticodeFlags
    std::uint32_t authenticode_of_machine = 0;
    std::uint32_t protected_roots = 0;
    bool root_update_disabled = false;
    bool operator==(const TrustLimits&) const = default;
};

struct ObservedState {
    std::vector<StoreEntry> entries;
    std::optional<RegistryValue> policy_value;
    std::optional<RegistryValue> mdm_value; // what MDM says about updates that Microsoft did not sign
    bool config_mgr_client = false;         // is installed
    TrustLimits limits;
    bool intranet_update_service = false;  // WUServer is set and AU\UseWUServer is 1
    std::string machine_guid;              // empty: there is none
    std::map<Sha256, ChainVerdict> chains; // of CA-issued certificates; filled by who can ask the endpoint
    Owner policy_owner = Owner::unknown;   // of `policy_value`; likewise
    bool policy_owner_hidden = false;      // a file that may name it could not be read; likewise

    // Entries that Windows loads that certificate from, in every location, whatever they are named.
    [[nodiscard]] std::vector<const StoreEntry*> find(StoreName store, const Sha256& certificate) const;
    [[nodiscard]] bool holds(StoreName store, const Sha256& certificate) const {
        return !find(store, certificate).empty();
    }
    // A readable entry under the certificate's own thumbprint, in any location.
    [[nodiscard]] bool in_place(StoreName store, const Sha256& certificate) const;
    // An entry of our own location under that thumbprint that is not the certificate of that thumbprint.
    [[nodiscard]] bool damaged(StoreName store, const Thumbprint& thumbprint) const;
    // Any entry under that thumbprint, readable or not, in any location.
    [[nodiscard]] bool named(StoreName store, const Thumbprint& thumbprint) const;
    // The bytes of a certificate from any store.
    [[nodiscard]] std::optional<Bytes> bytes_of(const Sha256& certificate) const;
    bool operator==(const ObservedState&) const = default;
};

// The certificate that Windows loads from a key of that name; nothing when it loads none.
[[nodiscard]] std::optional<StoredCertificate> loaded_certificate(std::string_view key_name,
                                                                  const std::optional<RegistryValue>& blob);

// The one reader of certificate stores and policy, for every endpoint. Errors: those of the registry.
[[nodiscard]] Result<ObservedState> observe(Registry& registry);

// Identifies the installation of Windows; empty when there is none.
[[nodiscard]] Result<std::string> read_machine_guid(Registry& registry);

// The certificates that chains are judged with; `also_distrusted` is what the settings call distrusted.
[[nodiscard]] ChainStores chain_stores(const ObservedState& observed,
                                       const std::vector<Sha256>& also_distrusted);

} // namespace wta
