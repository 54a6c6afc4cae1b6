#include "agent/cycle/obtain.h"

#include "agent/transport/transports.h"
#include "common/publication/pinned_publication.h"
#include "common/trust/assessment.h"
#include "common/trust/registry_store_writer.h"

namespace wta {
namespace {

// What is here already, for one entry of the settings.
struct AtHand {
    std::optional<Bytes> der;
    std::optional<CachedCertificate> cached;
};

Result<AtHand> look_here(const CertificateSettings& entry, const Sources& from) {
    AtHand here;
    if (!entry.sha256) return here;
    here.der = from.observed.bytes_of(*entry.sha256);
    if (!here.der) here.der = entry.der;
    auto cached = read_cached(from.registry, *entry.sha256);
    if (!cached) return std::unexpected(cached.error());
    here.cached = std::move(*cached);
    return here;
}

// When it was last looked at is remembered on live machines only.
bool refresh_due(const Sources& from) {
    const std::chrono::seconds period = from.settings.fetch.refresh.value;
    if (period == std::chrono::seconds::zero()) return true;
    if (from.endpoint == EndpointKind::image) return false;
    const std::optional<Timestamp> last = from.state.last_look;
    return !last || *last > from.now || from.now - *last >= period;
}

bool must_ask(const CertificateSettings& entry, const AtHand& here, const Sources& from) {
    const bool held = here.der || here.cached;
    switch (entry.state) {
    case CertificateState::withdrawn: return false;
    case CertificateState::distrusted: return !held && !entry.sources.empty();
    case CertificateState::trusted: break;
    }
    if (from.settings.only_with_wsus.value && !from.observed.intranet_update_service) return false;
    if (!entry.sha256) return !entry.sources.empty();
    return !held || (!entry.sources.empty() && refresh_due(from));
}

// A round asks each certificate's next source, so that as many rounds as a certificate has sources are the
// most there are.
void fetch(PinnedPublication& publication, Transport& transport, std::chrono::milliseconds longest) {
    const auto deadline = std::chrono::steady_clock::now() + longest;
    for (auto requests = publication.next(); !requests.empty(); requests = publication.next()) {
        std::vector<FetchRequest> fetches;
        for (const PublicationRequest& request : requests) fetches.push_back(request.fetch);
        const auto responses = fetch_all(transport, fetches, deadline);
        for (std::size_t i = 0; i < requests.size(); ++i)
            publication.receive(requests[i].id, responses.at(i));
    }
}

} // namespace

Result<std::vector<Obtained>> obtain(const Sources& from, Transport& transport) {
    std::vector<AtHand> at_hand;
    std::vector<PinnedCertificate> wanted;
    for (const CertificateSettings& entry : from.settings.certificates) {
        auto here = look_here(entry, from);
        if (!here) return std::unexpected(here.error());
        wanted.push_back({.pin = entry.sha256,
                          .sources = entry.sources,
                          .etag = here->cached ? here->cached->etag : std::nullopt,
                          .ask = must_ask(entry, *here, from)});
        at_hand.push_back(std::move(*here));
    }
    PinnedPublication publication(std::move(wanted));
    fetch(publication, transport, from.longest);
    std::vector<Obtained> obtained;
    for (std::size_t i = 0; i < at_hand.size(); ++i) {
        Obtained one{.der = std::move(at_hand[i].der), .published = publication.result()[i]};
        if (!one.der) one.der = one.published.der;
        if (!one.der && at_hand[i].cached) {
            one.der = std::move(at_hand[i].cached->der);
            one.from_cache = true;
        }
        obtained.push_back(std::move(one));
    }
    return obtained;
}

Result<bool> needed_for_disallowed(Registry& registry, const DesiredCertificate& wanted) {
    if (wanted.state != CertificateState::distrusted || !wanted.der) return false;
    const auto entry = find_entry(registry, StoreName::disallowed, thumbprint_of(*wanted.der));
    if (!entry) return std::unexpected(entry.error());
    return !*entry;
}

} // namespace wta
