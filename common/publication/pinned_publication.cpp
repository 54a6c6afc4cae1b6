#include "common/publication/pinned_publication.h"

#include "common/base/utf.h"
#include "common/certificate/container.h"

#include <fmt/format.h>

namespace wta {

PinnedPublication::PinnedPublication(std::vector<PinnedCertificate> wanted)
    : wanted_(std::move(wanted)), progress_(wanted_.size()), items_(wanted_.size()) {}

std::vector<PublicationRequest> PinnedPublication::next() {
    std::vector<PublicationRequest> requests;
    for (std::size_t id = 0; id < wanted_.size(); ++id) {
        const PinnedCertificate& wanted = wanted_[id];
        Progress& progress = progress_[id];
        if (!wanted.ask || progress.waiting || progress.settled) continue;
        if (progress.next_source == wanted.sources.size()) {
            progress.settled = true;
            items_[id].asked = true; // also without any source: it was needed and could not be had
            continue;
        }
        FetchRequest fetch{.location = wanted.sources[progress.next_source++]};
        if (wanted.pin) fetch.etag = wanted.etag;
        items_[id].asked = true;
        progress.waiting = true;
        requests.push_back({id, std::move(fetch)});
    }
    return requests;
}

void PinnedPublication::receive(std::size_t id, const Result<FetchResponse>& response) {
    Progress& progress = progress_.at(id);
    if (!progress.waiting) return;
    progress.waiting = false;
    if (response) {
        judge(id, *response);
        return;
    }
    const Error& error = response.error();
    items_[id].problems.push_back({wanted_[id].sources[progress.next_source - 1],
                                   {error.reason.value_or(ReasonCode::connect_failed), error.message}});
}

// The bytes are hashed and compared before anything parses them; unwrapping looks at text markers and a
// length only.
void PinnedPublication::judge(std::size_t id, const FetchResponse& response) {
    const PinnedCertificate& wanted = wanted_[id];
    PublishedCertificate& item = items_[id];
    const std::string& source = wanted.sources[progress_[id].next_source - 1];
    if (response.not_modified && !wanted.etag) {
        item.problems.push_back({source,
                                 {ReasonCode::http_malformed,
                                  "The source answers \"not modified\" to a request without a condition."}});
        return;
    }
    if (response.not_modified) {
        item.unchanged = true;
        progress_[id].settled = true;
        return;
    }
    Result<Bytes> der = unwrap_certificate(response.body);
    if (!der) {
        item.problems.push_back(
            {source, {der.error().reason.value_or(ReasonCode::not_a_certificate), der.error().message}});
        return;
    }
    const Sha256 digest = sha256_of(*der);
    if (wanted.pin && digest == *wanted.pin) {
        item.der = std::move(*der);
        item.etag = response.etag;
        progress_[id].settled = true;
        return;
    }
    item.others.push_back({source, digest});
    if (!wanted.pin) progress_[id].settled = true;
}

} // namespace wta
