#include "common/trust/plan.h"

#include <algorithm>

namespace wta {
namespace {

constexpr std::array trusting_stores{StoreName::root, StoreName::trusted_publisher};

bool is_one(const std::optional<RegistryValue>& value) { return value && as_dword(*value) == 1U; }

AddCertificate addition(StoreName store, const Sha256& sha256, ByteView der, bool limit) {
    return {store, sha256, thumbprint_of(der), marked_entry(der, limit)};
}

void plan_distrust(const DesiredCertificate& desired, const ObservedState& observed, Plan& plan) {
    if (desired.state != CertificateState::distrusted || !desired.der) return;
    if (observed.holds(StoreName::disallowed, desired.sha256)) return;
    plan.changes.emplace_back(addition(StoreName::disallowed, desired.sha256, *desired.der, false));
}

// By its exact SHA-256, in our own location only, whoever put it there.
void plan_removal(const DesiredCertificate& desired, const ObservedState& observed, Plan& plan) {
    if (desired.state == CertificateState::trusted) return;
    for (const StoreName store : trusting_stores)
        for (const StoreEntry* entry : observed.find(store, desired.sha256))
            if (entry->machine())
                plan.changes.emplace_back(
                    RemoveCertificate{store, desired.sha256, *thumbprint_from_hex(entry->key_name)});
}

void plan_addition(const DesiredCertificate& desired, const ObservedState& observed, Plan& plan) {
    const bool placeable = desired.state == CertificateState::trusted && desired.certificate &&
                           desired.admission.admitted() && !is_disallowed(desired, observed);
    if (!placeable) return;
    for (const StoreName store : missing_stores(desired, observed)) {
        const bool limit = store == StoreName::root && desired.placement->limit_root_to_code_signing;
        plan.changes.emplace_back(addition(store, desired.sha256, *desired.der, limit));
    }
}

} // namespace

Plan plan_repair(const DesiredState& desired, const ObservedState& observed) {
    Plan plan;
    if (!desired.may_change_anything()) return plan;
    for (const DesiredCertificate& certificate : desired.certificates)
        plan_distrust(certificate, observed, plan);
    for (const DesiredCertificate& certificate : desired.certificates)
        plan_removal(certificate, observed, plan);
    for (const Sha256& sha256 : desired.by_hand.lifted) plan.changes.emplace_back(EraseTombstone{sha256});
    if (not_applicable(desired, observed)) return plan;
    for (const DesiredCertificate& certificate : desired.certificates)
        plan_addition(certificate, observed, plan);
    if (desired.manage_policy_value && desired.pinned_by_settings() && !is_one(observed.policy_value) &&
        !policy_set_elsewhere(desired, observed))
        plan.changes.emplace_back(SetPolicyValue{PreviousPolicy{observed.policy_value}});
    return plan;
}

UndoPlan plan_undo(const ObservedState& observed, const AgentState& state) {
    UndoPlan undo;
    for (const StoreEntry& entry : observed.entries) {
        if (!entry.ours()) continue;
        if (std::ranges::find(trusting_stores, entry.store) != trusting_stores.end())
            undo.plan.changes.emplace_back(
                RemoveCertificate{entry.store, *entry.sha256, *thumbprint_from_hex(entry.key_name)});
        else if (entry.store == StoreName::disallowed)
            undo.findings.push_back({.code = ReasonCode::not_undone, .subject = to_string(*entry.sha256)});
    }
    // A value that somebody else has written since is theirs.
    if (state.previous && !is_one(state.previous->value) && is_one(observed.policy_value))
        undo.plan.changes.emplace_back(RestorePolicyValue{*state.previous});
    for (const std::string& key : state.created_keys) undo.plan.changes.emplace_back(RemoveEmptyKey{key});
    return undo;
}

} // namespace wta
