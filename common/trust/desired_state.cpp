#include "common/trust/desired_state.h"

#include <algorithm>

namespace wta {
namespace {

void admit_and_place(DesiredCertificate& desired, const CertificateSettings& settings, Timestamp now) {
    Result<Certificate> certificate = parse_certificate(*desired.der);
    if (!certificate) {
        const Error& error = certificate.error();
        desired.admission.refusals.push_back(
            {error.reason.value_or(ReasonCode::not_a_certificate), error.message});
        return;
    }
    desired.admission = admit(*certificate, settings.allow, now);
    desired.placement = place(*certificate, settings.restrict_usage);
    desired.certificate = std::move(*certificate);
}

// The bad one may be anything, but only a certificate can be put into Disallowed.
void require_a_certificate(DesiredCertificate& desired) {
    Result<Certificate> certificate = parse_certificate(*desired.der);
    if (certificate) {
        desired.certificate = std::move(*certificate);
        return;
    }
    desired.admission.refusals.push_back(
        {certificate.error().reason.value_or(ReasonCode::not_a_certificate), certificate.error().message});
    desired.der.reset();
}

DesiredCertificate decide_one(const CertificateSettings& settings, const Obtained& obtained, Timestamp now) {
    DesiredCertificate desired{.sha256 = *settings.sha256,
                               .state = settings.state,
                               .der = obtained.der,
                               .certificate = {},
                               .admission = {},
                               .placement = {},
                               .from_cache = obtained.from_cache,
                               .published = obtained.published,
                               .allow = settings.allow,
                               .note = settings.note};
    if (!desired.der) return desired;
    if (desired.state == CertificateState::trusted) admit_and_place(desired, settings, now);
    if (desired.state == CertificateState::distrusted) require_a_certificate(desired);
    return desired;
}

} // namespace

std::vector<StoreName> DesiredCertificate::required_stores() const {
    if (!placement) return {};
    if (placement->root) return {StoreName::root, StoreName::trusted_publisher};
    return {StoreName::trusted_publisher};
}

const DesiredCertificate* DesiredState::find(const Sha256& sha256) const {
    const auto found = std::ranges::find(certificates, sha256, &DesiredCertificate::sha256);
    return found == certificates.end() ? nullptr : &*found;
}

std::vector<Sha256> DesiredState::distrusted() const {
    std::vector<Sha256> digests;
    for (const DesiredCertificate& desired : certificates)
        if (desired.state == CertificateState::distrusted) digests.push_back(desired.sha256);
    return digests;
}

DesiredState decide(const Settings& settings, const std::vector<Obtained>& obtained, Timestamp now) {
    DesiredState desired{.certificates = {},
                         .unpinned = {},
                         .by_hand = {},
                         .manage_policy_value = settings.accept_trusted_publisher_certs.value,
                         .override_owner = settings.override_owner.value,
                         .only_with_wsus = settings.only_with_wsus.value};
    for (std::size_t i = 0; i < settings.certificates.size(); ++i) {
        const CertificateSettings& entry = settings.certificates[i];
        if (entry.sha256) {
            desired.certificates.push_back(decide_one(entry, obtained.at(i), now));
            continue;
        }
        UnpinnedCertificate unpinned{entry.origin, obtained.at(i).published, std::nullopt, entry.note};
        if (entry.der) unpinned.carried = sha256_of(*entry.der);
        desired.unpinned.push_back(std::move(unpinned));
    }
    return desired;
}

} // namespace wta
