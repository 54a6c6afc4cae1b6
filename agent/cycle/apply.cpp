#include "agent/cycle/apply.h"

#include <algorithm>
#include <set>

namespace wta {
namespace {

// The key itself and every key above it, as far as undo may remove them.
void note_if_created(std::string_view key, Registry& registry, std::set<std::string>& created) {
    for (const std::string& known : undoable_keys()) {
        const bool on_the_way = key == known || key.starts_with(known + "\\");
        if (!on_the_way || created.contains(known)) continue;
        const auto listing = registry.list(known);
        if (listing && !*listing) created.insert(known);
    }
}

std::optional<std::string> key_written_by(const Change& change) {
    if (const auto* add = std::get_if<AddCertificate>(&change))
        return certificates_key(add->store, Location::machine);
    if (std::holds_alternative<SetPolicyValue>(change)) return std::string(policy_key);
    return std::nullopt;
}

class Applier {
public:
    explicit Applier(Endpoint& endpoint) : endpoint_(endpoint) {}

    Result<void> operator()(const AddCertificate& add) {
        return endpoint_.store_writer().add(add.store, add.entry);
    }

    Result<void> operator()(const RemoveCertificate& remove) {
        return endpoint_.store_writer().remove(remove.store, remove.thumbprint);
    }

    Result<void> operator()(const SetPolicyValue&) {
        return endpoint_.registry().set(policy_key, policy_value_name, dword_value(1));
    }

    Result<void> operator()(const RestorePolicyValue& restore) {
        if (restore.previous.value)
            return endpoint_.registry().set(policy_key, policy_value_name, *restore.previous.value);
        return endpoint_.registry().erase(policy_key, policy_value_name);
    }

    Result<void> operator()(const RemoveEmptyKey& remove) {
        auto listing = endpoint_.registry().list(remove.key);
        if (!listing) return std::unexpected(listing.error());
        if (!*listing || !(*listing)->subkeys.empty() || !(*listing)->values.empty()) return {};
        return endpoint_.registry().erase_key(remove.key);
    }

private:
    Endpoint& endpoint_;
};

} // namespace

bool Applied::all_done() const {
    return std::ranges::none_of(outcomes,
                                [](const std::optional<Error>& error) { return error.has_value(); });
}

Result<void> remember_before(const Plan& plan, const AgentState& state, Registry& registry) {
    std::set<std::string> created(state.created_keys.begin(), state.created_keys.end());
    for (const Change& change : plan.changes) {
        if (const auto* set = std::get_if<SetPolicyValue>(&change))
            WTA_TRY(write_previous(registry, set->previous));
        if (const std::optional<std::string> key = key_written_by(change))
            note_if_created(*key, registry, created);
    }
    if (created.size() == state.created_keys.size()) return {};
    return write_created_keys(registry, {created.begin(), created.end()});
}

Applied apply(const Plan& plan, Endpoint& endpoint) {
    Applied applied;
    Applier applier(endpoint);
    for (const Change& change : plan.changes) {
        const Result<void> done = std::visit(applier, change);
        applied.outcomes.push_back(done ? std::nullopt : std::optional(done.error()));
    }
    return applied;
}

} // namespace wta
