#include "common/trust/contest.h"

#include <algorithm>
#include <fmt/format.h>

namespace wta {
namespace {

using State = Placed::State;

bool contested(const ContestMemory& memory) { return memory.policy_reverted.size() == contested_after; }

// New settings are a new beginning; what was in place still was.
void begin_anew(ContestMemory& memory) {
    memory.policy_reverted.clear();
    memory.policy_owner.reset();
    std::erase_if(memory.placed, [](const auto& one) { return one.second.state == State::putting_back; });
    for (auto& [place, placed] : memory.placed) placed = {State::in_place, {}};
}

void drop_what_is_not_desired(ContestMemory& memory, const DesiredState& desired) {
    std::erase_if(memory.placed, [&desired](const auto& one) {
        const DesiredCertificate* certificate = desired.find(one.first.first);
        return certificate == nullptr || certificate->state != CertificateState::trusted;
    });
}

// A time in the future is one of before the clock was set back. Taken for now, it counts, and passes like
// others.
void drop_old_times(ContestMemory& memory, Timestamp now) {
    for (Timestamp& time : memory.policy_reverted) time = std::min(time, now);
    if (contested(memory)) return;
    std::erase_if(memory.policy_reverted, [now](Timestamp time) { return now - time > contest_period; });
}

void put_in_place(Placed& placed) {
    if (placed.state == State::putting_back) placed.state = State::put_back;
}

void put_in_place(ContestMemory& memory, const Sha256& sha256, StoreName store) {
    put_in_place(memory.placed.try_emplace({sha256, store}, Placed{}).first->second);
}

bool places_trust(const AddCertificate& add) { return add.store != StoreName::disallowed; }

class Judge {
public:
    Judge(const ContestMemory& remembered, const ContestView& view) : view_(view) {
        if (view.trigger != Trigger::person) verdict_.memory = remembered;
        ContestMemory& memory = verdict_.memory;
        was_right_ = memory.policy_right;
        memory.policy_right = false; // until it is seen, or made so
        if (memory.settings_digest != view.settings_digest) begin_anew(memory);
        memory.settings_digest = view.settings_digest;
        drop_what_is_not_desired(memory, view.desired);
        drop_old_times(memory, view.now);
    }

    ContestVerdict run(const Plan& wanted) {
        for (const Change& change : wanted.changes) {
            bool alone = false;
            if (const auto* add = std::get_if<AddCertificate>(&change); add && places_trust(*add))
                alone = leaves_alone(*add);
            if (const auto* set = std::get_if<SetPolicyValue>(&change)) alone = leaves_alone(*set);
            if (!alone) verdict_.plan.changes.push_back(change);
        }
        verdict_.memory = with_facts(std::move(verdict_.memory), view_.desired, view_.observed);
        return std::move(verdict_);
    }

private:
    bool leaves_alone(const AddCertificate& add);
    bool leaves_alone(const SetPolicyValue& set);
    void tell_removed(const AddCertificate& add, bool put_back);
    void tell_contested(const AddCertificate& add, Timestamp put_back);
    void tell_contested(const SetPolicyValue& set);

    const ContestView& view_;
    bool was_right_ = false;
    ContestVerdict verdict_;
};

bool Judge::leaves_alone(const AddCertificate& add) {
    const bool drift = view_.trigger == Trigger::drift;
    const auto known = verdict_.memory.placed.find({add.sha256, add.store});
    // Never in place, or not since a run that did not come to its end: there is nobody to respect.
    if (known == verdict_.memory.placed.end() || known->second.state == State::putting_back) return drift;
    if (known->second.state == State::put_back) {
        tell_contested(add, known->second.when);
        return true;
    }
    tell_removed(add, !drift);
    if (!drift) known->second = {State::putting_back, view_.now};
    return drift;
}

bool Judge::leaves_alone(const SetPolicyValue& set) {
    ContestMemory& memory = verdict_.memory;
    const Owner owner = view_.observed.policy_owner;
    if (contested(memory) && memory.policy_owner != owner) {
        memory.policy_reverted.clear();
        memory.policy_owner.reset();
    } else if (was_right_ && !contested(memory)) {
        memory.policy_reverted.push_back(view_.now);
        if (contested(memory)) memory.policy_owner = owner;
    }
    if (!contested(memory)) return false;
    tell_contested(set);
    return true;
}

void Judge::tell_removed(const AddCertificate& add, bool put_back) {
    verdict_.findings.push_back(
        {.code = ReasonCode::removed_by_others,
         .subject = to_string(add.sha256),
         .detail = fmt::format(
             "The certificate was in {}, and somebody else removed it from there; {}.", to_string(add.store),
             put_back ? "a scheduled run puts it back, once" : "the next scheduled run puts it back, once"),
         .expected = fmt::format("in {}", to_string(add.store)),
         .actual = "removed",
         .owner = std::string(to_string(Owner::unknown))});
}

void Judge::tell_contested(const AddCertificate& add, Timestamp put_back) {
    verdict_.findings.push_back(
        {.code = ReasonCode::contested,
         .subject = to_string(add.sha256),
         .detail =
             fmt::format("Somebody else removed the certificate from {} twice: it was put back at {}, and "
                         "removed again. So it is left alone now. Who does it leaves no trace: look at "
                         "what cleans up certificate stores here (scripts, security software, the client "
                         "of Configuration Manager), or whether it was removed on purpose.",
                         to_string(add.store), to_rfc3339(put_back)),
         .expected = fmt::format("in {}", to_string(add.store)),
         .actual = "removed twice",
         .owner = std::string(to_string(Owner::unknown))});
}

void Judge::tell_contested(const SetPolicyValue& set) {
    const ContestMemory& memory = verdict_.memory;
    const Owner owner = memory.policy_owner.value_or(Owner::unknown);
    verdict_.findings.push_back(
        {.code = ReasonCode::contested,
         .subject = std::string(policy_value_name),
         .detail = fmt::format(
             "{} was put right and taken back twice within {} hours (found at {} and at {}); "
             "{}. So it is left alone now.",
             policy_value_name, contest_period.count(), to_rfc3339(memory.policy_reverted.front()),
             to_rfc3339(memory.policy_reverted.back()),
             owner == Owner::unknown ? std::string("by whom is not known")
                                     : fmt::format("most likely by {}", describe(owner))),
         .expected = "REG_DWORD 1",
         .actual = set.previous.value ? describe(*set.previous.value) : "absent",
         .owner = std::string(to_string(owner))});
}

} // namespace

ContestVerdict judge_contest(const ContestMemory& remembered, const Plan& wanted, const ContestView& view) {
    return Judge(remembered, view).run(wanted);
}

ContestMemory with_facts(ContestMemory memory, const DesiredState& desired, const ObservedState& observed) {
    if (observed.policy_value && as_dword(*observed.policy_value) == 1U) memory.policy_right = true;
    for (const DesiredCertificate& certificate : desired.certificates)
        for (const StoreName store : certificate.required_stores())
            if (observed.in_place(store, certificate.sha256)) put_in_place(memory, certificate.sha256, store);
    return memory;
}

ContestMemory with_changes(ContestMemory memory, const std::vector<Change>& made) {
    for (const Change& change : made) {
        if (const auto* add = std::get_if<AddCertificate>(&change); add && places_trust(*add))
            put_in_place(memory, add->sha256, add->store);
        if (std::holds_alternative<SetPolicyValue>(change)) memory.policy_right = true;
    }
    return memory;
}

} // namespace wta
