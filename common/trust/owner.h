// Who sets the policy value, and who placed a certificate, as far as a machine shows it. Unknown is an
// answer.
#pragma once

#include "common/base/bytes.h"
#include "common/certificate/store_name.h"
#include "common/ports/registry.h"

#include <optional>
#include <string>
#include <string_view>

namespace wta {

enum class Owner {
    unknown,
    self, // this agent
    local_group_policy,
    domain_group_policy,
    group_policy, // of certificates, whose copies do not tell the local one from that of a domain
    enterprise,   // the store that domain controllers fill
    config_mgr,
    mdm,
};

[[nodiscard]] std::string_view to_string(Owner owner); // as in reports: "domainGroupPolicy"
[[nodiscard]] std::optional<Owner> owner_from(std::string_view word);
[[nodiscard]] std::string_view describe(Owner owner); // for people: "domain Group Policy"

// Registry policy files of the machine, as they are on its disk; nothing: absent, not readable, or an image.
struct PolicyFiles {
    std::optional<Bytes> local{};   // %windir%\System32\GroupPolicy\Machine\Registry.pol
    std::optional<Bytes> applied{}; // %ProgramData%\ntuser.pol
    bool unread = false;            // one of them is there and could not be read
};

// What is known about the policy value AcceptTrustedPublisherCerts.
struct PolicyEvidence {
    std::optional<RegistryValue> value;     // as it is; nothing: absent
    bool remembered_as_ours = false;        // we remember what it was before we wrote it
    std::optional<RegistryValue> mdm_value; // PolicyManager: Update/AllowNonMicrosoftSignedUpdate
    bool config_mgr_client = false;
};

// Who made the value what it is now.
[[nodiscard]] Owner policy_owner(const PolicyEvidence& evidence, const PolicyFiles& files);

// Manages many machines on purpose, so that a 0 from there is a decision and not an accident.
[[nodiscard]] bool is_management(Owner owner);

[[nodiscard]] Owner entry_owner(Location location, bool ours);

} // namespace wta
