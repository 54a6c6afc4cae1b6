// Compares what is desired with what is observed: every difference is a finding with its reason.
#pragma once

#include "common/base/reason_code.h"
#include "common/trust/desired_state.h"
#include "common/trust/observed_state.h"

#include <optional>
#include <string>
#include <vector>

namespace wta {

struct Finding {
    ReasonCode code{};
    std::optional<Severity> severity{}; // nothing: the one of the table of codes
    std::string
        subject{};        // the SHA-256 of a certificate, a source, the policy value, a place in the settings
    std::string detail{}; // what is so in this case, as a sentence; empty: what the table says
    std::string expected{};
    std::string actual{};
    std::string owner{}; // who sets it, where that is known: a word of to_string(Owner); empty: nobody asked
    bool operator==(const Finding&) const = default;
};

inline constexpr std::chrono::days expires_soon_period{90};

// Sorted by certificate in the order of the settings; the policy value last.
[[nodiscard]] std::vector<Finding> assess(const DesiredState& desired, const ObservedState& observed,
                                          Timestamp now);

// No intranet update service, and the settings want nothing placed then.
[[nodiscard]] bool not_applicable(const DesiredState& desired, const ObservedState& observed);

// Who manages this machine wants the policy value to be 0, and the settings do not override that.
[[nodiscard]] bool policy_set_elsewhere(const DesiredState& desired, const ObservedState& observed);

// Disallowed wins, in any location; an entry under its thumbprint counts even when it cannot be read.
[[nodiscard]] bool is_disallowed(const DesiredCertificate& desired, const ObservedState& observed);

// The required stores that hold no copy of it, in any location.
[[nodiscard]] std::vector<StoreName> missing_stores(const DesiredCertificate& desired,
                                                    const ObservedState& observed);

} // namespace wta
