#include "agent/cycle/apply.h"

#include <algorithm>
#include <set>

namespace wta {
namespace {

// The key itself and every key above it, as far as undo may remove them.
Result<void> note_if_created(std::string_view key, Registry& registry, std::set<std::string>& created) {
    for (const std::string& known : undoable_keys()) {
        const bool on_the_way = key == known || key.starts_with(known + "\\");
        if (!on_the_way || created.contains(known)) continue;
        const auto listing = registry.list(known);
        if (!listing) return std::unexpected(listing.error());
        if (!*listing) created.insert(known);
    }
    return {};
}

std::optional<std::string> key_written_by(const Change& change) {
    if (const auto* add = std::get_if<AddCertificate>(&change))
        return certificates_key(add->store, Location::machine);
    if (std::holds_alternative<SetPolicyValue>(change)) return std::string(policy_key);
    return std::nullopt;
}

// Each tells whether there was anything to do.
class Applier {
public:
    explicit Applier(Endpoint& endpoint) : endpoint_(endpoint) {}

    Result<bool> operator()(const AddCertificate& add) {
        return made(endpoint_.store_writer().add(add.store, add.entry));
    }

    Result<bool> operator()(const RemoveCertificate& remove) {
        return made(endpoint_.store_writer().remove(remove.store, remove.thumbprint));
    }

    Result<bool> operator()(const SetPolicyValue&) {
        return made(endpoint_.registry().set(policy_key, policy_value_name, dword_value(1)));
    }

    Result<bool> operator()(const RestorePolicyValue& restore) {
        Registry& registry = endpoint_.registry();
        return made(restore.previous.value
                        ? registry.set(policy_key, policy_value_name, *restore.previous.value)
                        : registry.erase(policy_key, policy_value_name));
    }

    Result<bool> operator()(const RemoveEmptyKey& remove) {
        auto listing = endpoint_.registry().list(remove.key);
        if (!listing) return std::unexpected(listing.error());
        if (!*listing || !(*listing)->subkeys.empty() || !(*listing)->values.empty()) return false;
        return made(endpoint_.registry().erase_key(remove.key));
    }

    Result<bool> operator()(const AdoptCertificate& adopt) {
        return made(
            endpoint_.store_writer().adopt(adopt.store, adopt.thumbprint, adopt.limit_to_code_signing));
    }

    Result<bool> operator()(const WriteTombstone& write) {
        return made(write_tombstone(endpoint_.registry(), write.tombstone));
    }

    Result<bool> operator()(const EraseTombstone& erase) {
        return made(erase_tombstone(endpoint_.registry(), erase.sha256));
    }

private:
    static Result<bool> made(const Result<void>& result) {
        if (!result) return std::unexpected(result.error());
        return true;
    }

    Endpoint& endpoint_;
};

} // namespace

bool Applied::any_failed() const {
    return std::ranges::any_of(changes, [](const One& one) { return one.outcome == Outcome::failed; });
}

Result<void> remember_before(const Plan& plan, const AgentState& state, Registry& registry) {
    std::set<std::string> created(state.created_keys.begin(), state.created_keys.end());
    for (const Change& change : plan.changes) {
        if (const auto* set = std::get_if<SetPolicyValue>(&change))
            WTA_TRY(write_previous(registry, set->previous));
        if (const std::optional<std::string> key = key_written_by(change))
            WTA_TRY(note_if_created(*key, registry, created));
    }
    if (created.size() == state.created_keys.size()) return {};
    return write_created_keys(registry, {created.begin(), created.end()});
}

Applied apply(const Plan& plan, Endpoint& endpoint) {
    Applied applied;
    Applier applier(endpoint);
    for (const Change& change : plan.changes) {
        const Result<bool> made = std::visit(applier, change);
        if (!made)
            applied.changes.push_back({Applied::Outcome::failed, made.error()});
        else
            applied.changes.push_back({*made ? Applied::Outcome::done : Applied::Outcome::not_needed, {}});
    }
    return applied;
}

} // namespace wta
