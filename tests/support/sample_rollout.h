// Rollouts for the tests, with certificates as they come and with text that no format likes.
#pragma once

#include "common/rollout/rollout.h"
#include "tests/support/certificate_builder.h"

#include <string>
#include <vector>

namespace wta::test {

// Every character that means something in one of the formats: quotation marks, separators, markers of
// variables, comments, tags.
inline const std::string awkward_note = R"(a'b"c\d;e|f%25g%h]i[j&k<l>m#n: o, `p`$q {r} * ^! )"
                                        "\u2019x\u201d \u00e4\u20ac\U0001F600 -- end";

[[nodiscard]] inline Certificate parsed(const Bytes& der) {
    auto certificate = parse_certificate(der);
    if (!certificate) throw std::runtime_error(certificate.error().message);
    return *std::move(certificate);
}

// The same three in every call: a signature with an elliptic curve is another one each time.
[[nodiscard]] inline const std::vector<RolloutCertificate>& sample_certificates() {
    static const std::vector<RolloutCertificate> certificates{
        {parsed(self_signed())},
        {parsed(issued_by(make_ca("CN=Contoso CA")))},
        {parsed(self_signed({.subject = "CN=Old WSUS", .usage = std::nullopt})),
         Exceptions{.expired = false, .no_eku = true, .ca_certificate = false}}};
    return certificates;
}

// A self-signed one, a CA-issued one, and a self-signed one that needs an exception.
[[nodiscard]] inline Rollout sample_rollout(std::string note = {}) {
    return {.certificates = sample_certificates(), .note = std::move(note), .version = "1.2.3"};
}

} // namespace wta::test
