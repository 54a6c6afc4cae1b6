#include "common/trust/adoption.h"

#include <algorithm>
#include <fmt/format.h>

namespace wta {
namespace {

Adoption refused(const Sha256& sha256, std::string why) {
    Adoption adoption;
    adoption.findings.push_back({.code = ReasonCode::adoption_refused,
                                 .subject = to_string(sha256),
                                 .detail = std::move(why),
                                 .expected = "ours",
                                 .actual = "left as it is"});
    return adoption;
}

// Nothing: it may be adopted where it is.
std::optional<std::string> objection(const Sha256& sha256, const DesiredState& desired) {
    const DesiredCertificate* wanted = desired.find(sha256);
    if (wanted == nullptr) return "The settings do not name this certificate.";
    if (std::ranges::find(desired.by_hand.outranked, sha256) != desired.by_hand.outranked.end())
        return "This certificate was distrusted on this machine with 'distrust'.";
    if (wanted->state != CertificateState::trusted) return "The settings do not trust this certificate.";
    if (!wanted->der) return "The certificate is not on this machine.";
    if (wanted->certificate && wanted->admission.admitted()) return std::nullopt;
    return fmt::format("The certificate is not admitted: {}", wanted->admission.refusals.front().message);
}

bool adds(const Plan& plan, const Sha256& sha256) {
    return std::ranges::any_of(plan.changes, [&sha256](const Change& change) {
        const auto* add = std::get_if<AddCertificate>(&change);
        return add != nullptr && add->sha256 == sha256;
    });
}

std::string why_not_here(const Sha256& sha256, const ObservedState& observed) {
    for (const StoreName store : {StoreName::root, StoreName::trusted_publisher})
        for (const StoreEntry* entry : observed.find(store, sha256))
            if (!entry->machine())
                return fmt::format("This machine has it in {} ({}) only, which belongs to who delivers it.",
                                   to_string(store), to_string(entry->location));
    return "No store of this machine that it belongs into has an entry of it.";
}

} // namespace

Adoption plan_adoption(const Sha256& sha256, const DesiredState& desired, const ObservedState& observed,
                       const Plan& repair) {
    if (auto why = objection(sha256, desired)) return refused(sha256, *std::move(why));
    const DesiredCertificate& wanted = *desired.find(sha256);
    const Thumbprint thumbprint = wanted.certificate->thumbprint;
    Adoption adoption;
    bool here = adds(repair, sha256);
    for (const StoreName store : wanted.required_stores())
        for (const StoreEntry* entry : observed.find(store, sha256)) {
            if (!entry->machine() || !stands_under(thumbprint, *entry->stored) ||
                thumbprint_from_hex(entry->key_name) != thumbprint)
                continue;
            here = true;
            const bool limit = store == StoreName::root && wanted.placement->limit_root_to_code_signing;
            const bool limited = !limit || entry->stored->limited_to_code_signing();
            if (!entry->ours() || !limited)
                adoption.changes.emplace_back(AdoptCertificate{store, sha256, thumbprint, limit});
        }
    return here ? adoption : refused(sha256, why_not_here(sha256, observed));
}

} // namespace wta
