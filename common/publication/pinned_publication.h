// A publication that is vouched for by pins: each certificate is named by the SHA-256 of its DER in the
// settings.
#pragma once

#include "common/publication/publication.h"

#include <span>

namespace wta {

struct PinnedCertificate {
    std::optional<Sha256> pin; // nothing: only the digest of what is published is told
    std::vector<std::string> sources{};
    std::optional<std::string> etag{}; // of bytes that hash to the pin and that we still hold
    bool ask = true;                   // false: nothing is fetched
};

class PinnedPublication final : public Publication {
public:
    explicit PinnedPublication(std::vector<PinnedCertificate> wanted);

    std::vector<PublicationRequest> next() override;
    void receive(std::size_t id, const Result<FetchResponse>& response) override;
    const std::vector<PublishedCertificate>& result() const override { return items_; }

private:
    struct Progress {
        std::size_t next_source = 0;
        bool waiting = false;
        bool settled = false;
    };

    void judge(std::size_t id, const FetchResponse& response);

    std::vector<PinnedCertificate> wanted_;
    std::vector<Progress> progress_;
    std::vector<PublishedCertificate> items_;
};

} // namespace wta
