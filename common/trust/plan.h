// The changes that bring an endpoint into its desired state, or that take away what the agent added: data,
// applied elsewhere.
#pragma once

#include "common/trust/agent_state.h"
#include "common/trust/assessment.h"
#include "common/trust/desired_state.h"
#include "common/trust/observed_state.h"
#include "common/trust/tombstones.h"

#include <string>
#include <variant>
#include <vector>

namespace wta {

struct AddCertificate {
    StoreName store{};
    Sha256 sha256;
    Thumbprint thumbprint;
    StoredCertificate entry; // mark, usage limit and certificate: one write
    bool operator==(const AddCertificate&) const = default;
};

struct RemoveCertificate {
    StoreName store{};
    Sha256 sha256;
    Thumbprint thumbprint; // that names the entry; not always the certificate's own
    bool operator==(const RemoveCertificate&) const = default;
};

// AcceptTrustedPublisherCerts becomes REG_DWORD 1.
struct SetPolicyValue {
    PreviousPolicy previous;
    bool operator==(const SetPolicyValue&) const = default;
};

// AcceptTrustedPublisherCerts becomes what it was before us.
struct RestorePolicyValue {
    PreviousPolicy previous;
    bool operator==(const RestorePolicyValue&) const = default;
};

// A key that we created, if it is empty by then.
struct RemoveEmptyKey {
    std::string key;
    bool operator==(const RemoveEmptyKey&) const = default;
};

// An entry of our own location that somebody else placed gets our mark, and the limit where Root wants one.
struct AdoptCertificate {
    StoreName store{};
    Sha256 sha256;
    Thumbprint thumbprint;
    bool limit_to_code_signing = false;
    bool operator==(const AdoptCertificate&) const = default;
};

struct WriteTombstone {
    Tombstone tombstone; // complete
    bool operator==(const WriteTombstone&) const = default;
};

struct EraseTombstone {
    Sha256 sha256;
    bool operator==(const EraseTombstone&) const = default;
};

using Change = std::variant<AddCertificate, RemoveCertificate, SetPolicyValue, RestorePolicyValue,
                            RemoveEmptyKey, AdoptCertificate, WriteTombstone, EraseTombstone>;

// In the order of application: distrust first, then removals, additions, the policy value, what is adopted.
struct Plan {
    std::vector<Change> changes;
    [[nodiscard]] bool empty() const { return changes.empty(); }
    bool operator==(const Plan&) const = default;
};

[[nodiscard]] Plan plan_repair(const DesiredState& desired, const ObservedState& observed);

struct UndoPlan {
    Plan plan;
    std::vector<Finding> findings; // not_undone
};

// Only takes trust away: marked entries of Root and TrustedPublisher, the policy value that we wrote, empty
// keys that we created.
[[nodiscard]] UndoPlan plan_undo(const ObservedState& observed, const AgentState& state);

} // namespace wta
