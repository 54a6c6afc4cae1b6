// May this certificate be trusted to sign updates? Every reason why not, not only the first.
#pragma once

#include "common/base/reason_code.h"
#include "common/base/time.h"
#include "common/certificate/certificate.h"

#include <chrono>
#include <string>
#include <vector>

namespace wta {

// Explicit exceptions, spelled in the settings like the codes that they allow.
struct Exceptions {
    bool expired = false;
    bool no_eku = false;
    bool ca_certificate = false;
    bool operator==(const Exceptions&) const = default;
};

struct Reason {
    ReasonCode code{};
    std::string message; // what is so with this certificate, values quoted
    bool operator==(const Reason&) const = default;
};

struct Admission {
    std::vector<Reason> refusals; // empty: admitted. In the order of ReasonCode, each code once
    std::vector<Reason> warnings; // sha1_signature
    [[nodiscard]] bool admitted() const { return refusals.empty(); }
    bool operator==(const Admission&) const = default;
};

// Publisher and client clocks differ; Microsoft's own tools issue certificates valid from "now".
inline constexpr std::chrono::hours validity_tolerance{24};

[[nodiscard]] Admission admit(const Certificate& certificate, const Exceptions& allowed, Timestamp now);

} // namespace wta
