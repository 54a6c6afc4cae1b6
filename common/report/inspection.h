// What `inspect` tells about one published file: what it is, whether it would be admitted, where it would go,
// what to paste.
#pragma once

#include "common/base/time.h"
#include "common/certificate/admission.h"
#include "common/certificate/certificate.h"
#include "common/report/text_layout.h"

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace wta {

struct Inspection {
    std::string source;           // as typed
    std::string settings_source;  // as it belongs into the settings: an address, or an absolute path; empty
                                  // when clients cannot read it: then the settings carry the certificate
    std::optional<Sha256> sha256; // of the DER
    std::optional<Certificate> certificate;
    std::vector<Reason> refusals; // empty: would be admitted
    std::vector<Reason> warnings;

    [[nodiscard]] bool admitted() const { return certificate && refusals.empty(); }
};

// Of bytes that arrived; anything may be in them.
[[nodiscard]] Inspection inspect_bytes(ByteView input, std::string source, std::string settings_source,
                                       Timestamp now);

[[nodiscard]] boost::json::value to_json(const Inspection& inspection);
[[nodiscard]] std::string to_text(const Inspection& inspection, const TextStyle& style);

// The same without the lines to paste.
[[nodiscard]] std::string verdict_text(const Inspection& inspection, const TextStyle& style);

// The entry for agent.yaml; with the exceptions that it needs, when exceptions are all that it needs. Empty:
// no exception would help.
[[nodiscard]] std::string settings_lines(const Inspection& inspection);

} // namespace wta
