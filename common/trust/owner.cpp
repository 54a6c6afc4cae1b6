#include "common/trust/owner.h"

#include "common/trust/observed_state.h"
#include "common/trust/policy_file.h"

#include <array>

namespace wta {
namespace {

constexpr std::array all_owners{
    Owner::unknown,      Owner::self,       Owner::local_group_policy, Owner::domain_group_policy,
    Owner::group_policy, Owner::enterprise, Owner::config_mgr,         Owner::mdm};

// The file asks for exactly what is there. One that asks for something else did not make it so; what cannot
// be read, or is damaged, says nothing.
bool asks_for(const std::optional<Bytes>& file, const std::optional<RegistryValue>& value) {
    if (!file) return false;
    const auto setting =
        find_in_policy_file(*file, R"(SOFTWARE\)" + std::string(policy_key), policy_value_name);
    return setting && *setting && (*setting)->value == value;
}

} // namespace

std::string_view to_string(Owner owner) {
    switch (owner) {
    case Owner::unknown: return "unknown";
    case Owner::self: return "self";
    case Owner::local_group_policy: return "localGroupPolicy";
    case Owner::domain_group_policy: return "domainGroupPolicy";
    case Owner::group_policy: return "groupPolicy";
    case Owner::enterprise: return "enterprise";
    case Owner::config_mgr: return "configMgr";
    case Owner::mdm: return "mdm";
    }
    return "";
}

std::optional<Owner> owner_from(std::string_view word) {
    for (const Owner owner : all_owners)
        if (to_string(owner) == word) return owner;
    return std::nullopt;
}

std::string_view describe(Owner owner) {
    switch (owner) {
    case Owner::unknown: return "not known";
    case Owner::self: return "the agent itself";
    case Owner::local_group_policy: return "local Group Policy";
    case Owner::domain_group_policy: return "domain Group Policy";
    case Owner::group_policy: return "Group Policy";
    case Owner::enterprise: return "the enterprise store of the domain";
    case Owner::config_mgr: return "Configuration Manager";
    case Owner::mdm: return "MDM (for instance Intune)";
    }
    return "";
}

// The order goes from what is written down to what is only likely.
//
// 1. Group Policy compiles all that it applied to the machine, the local policy included, into ntuser.pol, to
//    know what to take back later. So what is in it and not in the local Registry.pol came from a domain.
// 2. Configuration Manager hands its settings for Windows Update to the local policy, where a domain's
//    policy outranks them. So where its client is, the local file is taken for its work; it cannot be told
//    from that of an administrator who ran gpedit.msc on such a machine.
// 3. Who wrote a 1 that no file asks for, and remembers what was there before, is us.
// 4. MDM has a switch of its own for the same (Policy CSP, Update/AllowNonMicrosoftSignedUpdate); which of
//    both counts is not documented. It is named where both say the same.
// 5. Where a client of Configuration Manager is, its settings for third-party updates are the likeliest
//    author of a value that nothing else explains. Nobody is the likeliest author of a value that is absent.
Owner policy_owner(const PolicyEvidence& evidence, const PolicyFiles& files) {
    if (asks_for(files.local, evidence.value))
        return evidence.config_mgr_client ? Owner::config_mgr : Owner::local_group_policy;
    if (asks_for(files.applied, evidence.value)) return Owner::domain_group_policy;
    if (!evidence.value) return Owner::unknown;
    const std::optional<std::uint32_t> number = as_dword(*evidence.value);
    if (evidence.remembered_as_ours && number == 1U) return Owner::self;
    if (evidence.mdm_value && number && as_dword(*evidence.mdm_value) == number) return Owner::mdm;
    if (evidence.config_mgr_client) return Owner::config_mgr;
    return Owner::unknown;
}

bool is_management(Owner owner) {
    return owner == Owner::domain_group_policy || owner == Owner::mdm || owner == Owner::config_mgr;
}

Owner entry_owner(Location location, bool ours) {
    switch (location) {
    case Location::machine: return ours ? Owner::self : Owner::unknown;
    case Location::group_policy: return Owner::group_policy;
    case Location::enterprise: return Owner::enterprise;
    }
    return Owner::unknown;
}

} // namespace wta
