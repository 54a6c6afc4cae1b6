// What the settings ask of an endpoint, once the bytes of their certificates are known: admitted and placed.
#pragma once

#include "common/base/time.h"
#include "common/certificate/admission.h"
#include "common/certificate/placement.h"
#include "common/certificate/store_name.h"
#include "common/publication/publication.h"
#include "common/settings/settings.h"
#include "common/trust/tombstones.h"

#include <optional>
#include <string>
#include <vector>

namespace wta {

// What could be had for one entry of the settings.
struct Obtained {
    std::optional<Bytes> der; // hashes to the pin; nothing: not at hand
    bool from_cache = false;
    PublishedCertificate published;
    bool operator==(const Obtained&) const = default;
};

// An entry with a pin.
struct DesiredCertificate {
    Sha256 sha256;
    CertificateState state{};
    std::optional<Bytes> der;
    std::optional<Certificate> certificate; // trusted and distrusted ones that parse
    Admission admission;                // trusted ones with bytes; distrusted ones: why the bytes are none
    std::optional<Placement> placement; // with `certificate`
    bool from_cache = false;
    PublishedCertificate published;
    Exceptions allow; // as the settings say
    std::string note;

    // The stores that it must be in; empty when that is not known yet.
    [[nodiscard]] std::vector<StoreName> required_stores() const;
    bool operator==(const DesiredCertificate&) const = default;
};

// An entry without a pin: nothing vouches for it, so all it gets is a finding.
struct UnpinnedCertificate {
    Origin origin;
    PublishedCertificate published;
    std::optional<Sha256> carried; // the digest of `der:`
    std::string note;
    bool operator==(const UnpinnedCertificate&) const = default;
};

struct DesiredState {
    std::vector<DesiredCertificate> certificates; // in the order of the settings
    std::vector<UnpinnedCertificate> unpinned;
    DistrustedByHand by_hand; // of those in `certificates`
    bool manage_policy_value = true;
    bool override_owner = false; // write the policy value also where management says 0
    bool only_with_wsus = false;

    // Without a pin nothing is ever written.
    [[nodiscard]] bool may_change_anything() const { return !certificates.empty(); }
    // Something has a pin in the settings: a digest that only a tombstone names is enough for what takes
    // trust away.
    [[nodiscard]] bool pinned_by_settings() const { return certificates.size() > by_hand.unnamed.size(); }
    [[nodiscard]] const DesiredCertificate* find(const Sha256& sha256) const;
    [[nodiscard]] std::vector<Sha256> distrusted() const;
    bool operator==(const DesiredState&) const = default;
};

// `obtained` has one element for each entry of `settings.certificates`.
[[nodiscard]] DesiredState decide(const Settings& settings, const std::vector<Obtained>& obtained,
                                  Timestamp now);

} // namespace wta
