#include "common/trust/plan.h"

#include "tests/support/certificate_builder.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

using namespace wta;

namespace {

struct Case {
    Settings settings;
    std::vector<Obtained> obtained;
    ObservedState observed;
};

const std::vector<Bytes>& certificates() {
    static const test::Ca ca = test::make_ca("CN=Contoso Root CA");
    static const std::vector<Bytes> made{test::self_signed(), test::self_signed({.subject = "CN=Second"}),
                                         test::issued_by(ca), test::self_signed({.usage = std::nullopt}),
                                         ca.der};
    return made;
}

StoreEntry entry_of(const Bytes& der, StoreName store, Location location, bool marked) {
    StoredCertificate stored = marked_entry(der, false);
    if (!marked)
        std::erase_if(stored.elements, [](const auto& element) { return element.property_id == 11; });
    return {store, location, to_string(thumbprint_of(der)), stored, sha256_of(der)};
}

// Any settings over any state: what the rules promise must hold for all of them.
Case random_case(std::mt19937& random) {
    const auto chance = [&random](unsigned percent) { return random() % 100 < percent; };
    Case out;
    for (const Bytes& der : certificates()) {
        if (chance(70)) {
            CertificateSettings entry;
            entry.sha256 = sha256_of(der);
            entry.state = static_cast<CertificateState>(random() % 3);
            entry.allow.no_eku = chance(50);
            entry.restrict_usage = chance(50);
            out.settings.certificates.push_back(entry);
            Obtained obtained;
            if (chance(80)) obtained.der = der;
            out.obtained.push_back(obtained);
        }
        for (const StoreName store : {StoreName::root, StoreName::trusted_publisher, StoreName::disallowed})
            for (const Location location : all_locations)
                if (chance(20)) out.observed.entries.push_back(entry_of(der, store, location, chance(50)));
    }
    if (chance(70)) out.observed.policy_value = chance(50) ? dword_value(1) : string_value("1");
    out.observed.intranet_update_service = chance(50);
    out.settings.only_with_wsus.value = chance(30);
    out.settings.accept_trusted_publisher_certs.value = chance(80);
    return out;
}

// What the changes do, without an endpoint.
void carry_out(const Plan& plan, ObservedState& state) {
    for (const Change& change : plan.changes) {
        if (const auto* add = std::get_if<AddCertificate>(&change))
            state.entries.push_back(
                {add->store, Location::machine, to_string(add->thumbprint), add->entry, add->sha256});
        if (const auto* remove = std::get_if<RemoveCertificate>(&change))
            std::erase_if(state.entries, [remove](const StoreEntry& entry) {
                return entry.machine() && entry.store == remove->store && entry.sha256 == remove->sha256;
            });
        if (std::holds_alternative<SetPolicyValue>(change)) state.policy_value = dword_value(1);
        if (const auto* restore = std::get_if<RestorePolicyValue>(&change))
            state.policy_value = restore->previous.value;
    }
}

template <class Check>
void for_many_cases(Check check) {
    std::mt19937 random(20260601); // fixed: a failure can be repeated
    for (int i = 0; i < 2'000; ++i) {
        const Case each = random_case(random);
        INFO("case " << i);
        check(each, decide(each.settings, each.obtained, test::reference_time));
    }
}

} // namespace

TEST_CASE("after a plan is carried out the next plan is empty") {
    for_many_cases([](const Case& each, const DesiredState& desired) {
        ObservedState state = each.observed;
        carry_out(plan_repair(desired, state), state);
        CHECK(plan_repair(desired, state).empty());
    });
}

TEST_CASE("repair removes only what is named withdrawn or distrusted, and only from our own location") {
    for_many_cases([](const Case& each, const DesiredState& desired) {
        for (const Change& change : plan_repair(desired, each.observed).changes)
            if (const auto* remove = std::get_if<RemoveCertificate>(&change)) {
                const DesiredCertificate* named = desired.find(remove->sha256);
                REQUIRE(named != nullptr);
                CHECK(named->state != CertificateState::trusted);
                CHECK(remove->store != StoreName::disallowed);
            }
    });
}

TEST_CASE("nothing is ever added to Root that is not self-signed, admitted, pinned and marked") {
    for_many_cases([](const Case& each, const DesiredState& desired) {
        for (const Change& change : plan_repair(desired, each.observed).changes)
            if (const auto* add = std::get_if<AddCertificate>(&change)) {
                CHECK(add->entry.ours());
                CHECK(sha256_of(add->entry.der()) == add->sha256);
                const DesiredCertificate* named = desired.find(add->sha256);
                REQUIRE(named != nullptr);
                if (add->store == StoreName::disallowed) continue;
                CHECK(named->state == CertificateState::trusted);
                CHECK(named->admission.admitted());
                CHECK_FALSE(each.observed.holds(StoreName::disallowed, add->sha256));
                if (add->store == StoreName::root) CHECK(named->certificate->self_signed());
            }
    });
}

TEST_CASE("undo never adds a certificate, removes marked entries only, and leaves Disallowed alone") {
    for_many_cases([](const Case& each, const DesiredState&) {
        AgentState state;
        state.previous = PreviousPolicy{string_value("1")};
        const UndoPlan undo = plan_undo(each.observed, state);
        for (const Change& change : undo.plan.changes) {
            CHECK_FALSE(std::holds_alternative<AddCertificate>(change));
            CHECK_FALSE(std::holds_alternative<SetPolicyValue>(change));
            if (const auto* remove = std::get_if<RemoveCertificate>(&change)) {
                CHECK(remove->store != StoreName::disallowed);
                const auto entries = each.observed.find(remove->store, remove->sha256);
                CHECK(std::ranges::any_of(entries, [](const StoreEntry* entry) { return entry->ours(); }));
            }
        }
        ObservedState after = each.observed;
        carry_out(undo.plan, after);
        CHECK(std::ranges::none_of(after.entries, [](const StoreEntry& entry) {
            return entry.ours() && entry.store != StoreName::disallowed;
        }));
    });
}

TEST_CASE("undo leaves what carries our mark in a store that the agent never writes to") {
    ObservedState observed;
    for (const StoreName store : {StoreName::ca, StoreName::auth_root})
        observed.entries.push_back(entry_of(certificates().front(), store, Location::machine, true));
    const UndoPlan undo = plan_undo(observed, {});
    CHECK(undo.plan.empty());
    CHECK(undo.findings.empty());
}

TEST_CASE("undo does not write a 1: a forged previous value adds no trust") {
    ObservedState observed;
    observed.policy_value = dword_value(1);
    AgentState state;
    state.previous = PreviousPolicy{dword_value(1)};
    CHECK(plan_undo(observed, state).plan.empty());
    observed.policy_value = dword_value(0);
    CHECK(plan_undo(observed, state).plan.empty());
}

TEST_CASE("a 0 of management is not overwritten, unless the settings say so; every other wrong value is") {
    DesiredState desired;
    desired.certificates.emplace_back();
    ObservedState observed;
    observed.policy_owner = Owner::domain_group_policy;
    const auto writes = [&] { return !plan_repair(desired, observed).empty(); };
    CHECK(writes());
    for (const RegistryValue& value : {dword_value(2), string_value("0")}) {
        observed.policy_value = value;
        CHECK(writes());
    }
    observed.policy_value = dword_value(0);
    CHECK_FALSE(writes());
    desired.override_owner = true;
    CHECK(writes());
    desired.override_owner = false;
    observed.policy_owner = Owner::local_group_policy;
    CHECK(writes());
    observed.policy_owner = Owner::unknown;
    CHECK(writes());
    observed.policy_owner_hidden = true; // it may be a domain's
    CHECK_FALSE(writes());
    desired.override_owner = true;
    CHECK(writes());
}
