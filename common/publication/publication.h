// What a publisher put out, as a value without I/O: it says what to fetch next, is given the responses, and
// tells what was vouched for.
#pragma once

#include "common/base/fetch.h"
#include "common/base/result.h"
#include "common/certificate/admission.h"
#include "common/certificate/digest.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace wta {

// What went wrong at one source; the next one is asked then.
struct SourceProblem {
    std::string source;
    Reason reason;
    bool operator==(const SourceProblem&) const = default;
};

// A source that publishes another certificate than the pinned one; its bytes are gone, unparsed.
struct OtherPublication {
    std::string source;
    Sha256 sha256;
    bool operator==(const OtherPublication&) const = default;
};

// How one certificate that the settings name came out.
struct PublishedCertificate {
    bool asked = false;                   // it was needed: a source was tried, or there is none
    bool unchanged = false;               // a source said: as before (304)
    std::optional<Bytes> der;             // vouched for by the pin; nothing else is ever here
    std::optional<std::string> etag;      // that came with `der`
    std::vector<OtherPublication> others; // without a pin: what is published
    std::vector<SourceProblem> problems;  // one for each source that could not be used

    bool operator==(const PublishedCertificate&) const = default;
};

// A request of a publication; `id` comes back with the response.
struct PublicationRequest {
    std::size_t id = 0;
    FetchRequest fetch;
    bool operator==(const PublicationRequest&) const = default;
};

class Publication {
public:
    virtual ~Publication() = default;

    // What to fetch now, all at once if the caller likes; nothing when the publication is settled. Each
    // request must be answered by receive().
    [[nodiscard]] virtual std::vector<PublicationRequest> next() = 0;
    virtual void receive(std::size_t id, const Result<FetchResponse>& response) = 0;

    // One item for each wanted certificate, in their order.
    [[nodiscard]] virtual const std::vector<PublishedCertificate>& result() const = 0;
};

} // namespace wta
