#include "common/trust/contest.h"

#include "common/report/codes.h"
#include "tests/support/certificate_builder.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fmt/format.h>
#include <random>

using namespace wta;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::reference_time;

namespace {

const Bytes& wsus() {
    static const Bytes der = test::self_signed();
    return der;
}

const Bytes& second() {
    static const Bytes der = test::self_signed({.subject = "CN=Second"});
    return der;
}

// A machine on which runs and other people take turns.
struct Turns {
    Settings settings;
    std::vector<Obtained> obtained;
    ObservedState observed;
    ContestMemory memory;
    std::string digest = "settings";
    Timestamp now = reference_time;
    std::vector<Finding> findings; // of the last run
    bool changes_last = true;      // otherwise somebody takes them back while the run still looks

    Turns() { trust(wsus()); }

    void trust(const Bytes& der, CertificateState state = CertificateState::trusted) {
        CertificateSettings entry;
        entry.sha256 = sha256_of(der);
        entry.state = state;
        settings.certificates.push_back(entry);
        Obtained one;
        one.der = der;
        obtained.push_back(one);
    }

    // What the run did: "+Root +TrustedPublisher +policy", and removals with '-'.
    std::string run(Trigger trigger) {
        const DesiredState desired = decide(settings, obtained, now);
        ContestVerdict verdict =
            judge_contest(memory, plan_repair(desired, observed), {desired, observed, trigger, digest, now});
        findings = verdict.findings;
        std::string done;
        for (const Change& change : verdict.plan.changes) {
            if (!done.empty()) done += " ";
            if (const auto* add = std::get_if<AddCertificate>(&change)) {
                done += "+" + std::string(to_string(add->store));
                if (changes_last) put(add->store, add->entry.der());
            } else if (const auto* remove = std::get_if<RemoveCertificate>(&change)) {
                done += "-" + std::string(to_string(remove->store));
                remove_from(remove->store, remove->sha256);
            } else {
                done += "+policy";
                if (changes_last) observed.policy_value = dword_value(1);
            }
        }
        memory = with_changes(std::move(verdict.memory), verdict.plan.changes);
        return done;
    }

    void look() { memory = with_facts(std::move(memory), decide(settings, obtained, now), observed); }

    void put(StoreName store, ByteView der) {
        observed.entries.push_back({store, Location::machine, to_string(thumbprint_of(der)),
                                    marked_entry(der, false), sha256_of(der)});
    }
    void remove_from(StoreName store, const Sha256& sha256) {
        std::erase_if(observed.entries, [&](const StoreEntry& entry) {
            return entry.store == store && entry.sha256 == sha256;
        });
    }
    void remove_from(StoreName store) { remove_from(store, sha256_of(wsus())); }
    void take_back_policy() { observed.policy_value = dword_value(0); }

    [[nodiscard]] std::string told() const {
        std::string text;
        for (const Finding& finding : findings)
            text += (text.empty() ? "" : " ") + std::string(info(finding.code).name);
        return text;
    }
};

} // namespace

TEST_CASE("on a machine that nobody fights over every trigger leaves right what is right") {
    Turns turns;
    CHECK(turns.run(Trigger::scheduled) == "+Root +TrustedPublisher +policy");
    const ContestMemory memory = turns.memory;
    for (const Trigger trigger : {Trigger::scheduled, Trigger::drift, Trigger::person, Trigger::scheduled}) {
        turns.now += hours{1};
        CHECK(turns.run(trigger).empty());
        CHECK(turns.told().empty());
        CHECK(turns.memory == memory); // so it is not written again
    }
}

TEST_CASE("the policy value is put back once within 24 hours, and then left alone") {
    const Trigger trigger = GENERATE(Trigger::scheduled, Trigger::drift);
    Turns turns;
    turns.run(Trigger::scheduled);
    turns.take_back_policy();
    turns.now += hours{1};
    CHECK(turns.run(trigger) == "+policy");
    CHECK(turns.told().empty());
    turns.take_back_policy();
    turns.now += hours{24};
    CHECK(turns.run(trigger).empty());
    CHECK(turns.told() == "contested");
    for (int day = 0; day < 400; ++day) {
        turns.now += hours{24};
        CHECK(turns.run(trigger).empty());
        CHECK(turns.told() == "contested");
    }
}

TEST_CASE("a policy value that is taken back less often than twice in 24 hours is put back each time") {
    Turns turns;
    turns.run(Trigger::scheduled);
    for (int time = 0; time < 100; ++time) {
        turns.take_back_policy();
        turns.now += hours{24} + seconds{1};
        CHECK(turns.run(Trigger::drift) == "+policy");
    }
}

TEST_CASE("a policy value that was never right, or that the agent could not set, is no contest") {
    Turns turns;
    turns.take_back_policy();
    for (int run = 0; run < 5; ++run) {
        const DesiredState desired = decide(turns.settings, turns.obtained, turns.now);
        const ContestVerdict verdict =
            judge_contest(turns.memory, plan_repair(desired, turns.observed),
                          {desired, turns.observed, Trigger::scheduled, turns.digest, turns.now});
        CHECK(verdict.plan.changes.size() == 3);
        CHECK(verdict.findings.empty());
        turns.memory = verdict.memory; // nothing was made
        turns.now += minutes{10};
    }
}

TEST_CASE("who takes everything back at once does not make the agent write for ever") {
    Turns turns;
    turns.changes_last = false;
    CHECK(turns.run(Trigger::scheduled) == "+Root +TrustedPublisher +policy");
    CHECK(turns.run(Trigger::scheduled) == "+Root +TrustedPublisher +policy");
    CHECK(turns.run(Trigger::scheduled).empty());
    CHECK(turns.told() == "contested contested contested");
}

TEST_CASE("a contest over the policy value ends when the settings or the owner change, or a person repairs") {
    Turns turns;
    turns.observed.policy_owner = Owner::local_group_policy;
    turns.run(Trigger::scheduled);
    for (int time = 0; time < 2; ++time) {
        turns.take_back_policy();
        turns.run(Trigger::drift);
    }
    REQUIRE(turns.told() == "contested");
    SECTION("settings") { turns.digest = "other settings"; }
    SECTION("owner") { turns.observed.policy_owner = Owner::unknown; }
    SECTION("person") {
        CHECK(turns.run(Trigger::person) == "+policy");
        turns.take_back_policy();
    }
    CHECK(turns.run(Trigger::drift) == "+policy");
    CHECK(turns.told().empty());
}

TEST_CASE("what a person repairs is forgotten: afterwards everything is put back as if for the first time") {
    Turns turns;
    turns.run(Trigger::scheduled);
    for (int time = 0; time < 2; ++time) {
        turns.take_back_policy();
        turns.remove_from(StoreName::root);
        turns.run(Trigger::scheduled);
    }
    REQUIRE(turns.told() == "contested contested");
    CHECK(turns.run(Trigger::person) == "+Root +policy");
    CHECK(turns.told().empty());
    CHECK(turns.memory.policy_reverted.empty());
    turns.remove_from(StoreName::root);
    CHECK(turns.run(Trigger::scheduled) == "+Root");
}

TEST_CASE("a contest that was seen in the future, before the clock was set back, counts and does not last "
          "for ever") {
    Turns turns;
    turns.run(Trigger::scheduled);
    turns.now += std::chrono::years{10};
    turns.take_back_policy();
    CHECK(turns.run(Trigger::drift) == "+policy");
    turns.now = reference_time; // the clock is right again
    SECTION("taken back again at once, it is recent") {
        turns.take_back_policy();
        CHECK(turns.run(Trigger::drift).empty());
        CHECK(turns.told() == "contested");
    }
    SECTION("after a day of peace it is over") {
        CHECK(turns.run(Trigger::scheduled).empty());
        turns.now += hours{25};
        turns.take_back_policy();
        CHECK(turns.run(Trigger::drift) == "+policy");
    }
}

TEST_CASE(
    "threat 39: what somebody removed is told at once, put back by the next scheduled run, and not twice") {
    Turns turns;
    turns.run(Trigger::scheduled);
    turns.remove_from(StoreName::root);
    for (int event = 0; event < 3; ++event) {
        CHECK(turns.run(Trigger::drift).empty());
        CHECK(turns.told() == "removed_by_others");
        CHECK(turns.findings.front().subject == to_string(sha256_of(wsus())));
        CHECK(turns.findings.front().expected == "in Root");
    }
    CHECK(turns.run(Trigger::scheduled) == "+Root");
    CHECK(turns.told() == "removed_by_others");
    turns.now += hours{1'000};
    CHECK(turns.run(Trigger::scheduled).empty());
    turns.remove_from(StoreName::root);
    for (const Trigger trigger : {Trigger::drift, Trigger::scheduled, Trigger::scheduled, Trigger::drift}) {
        CHECK(turns.run(trigger).empty());
        CHECK(turns.told() == "contested");
    }
}

TEST_CASE("each store and each certificate is a contest of its own") {
    Turns turns;
    turns.trust(second());
    turns.run(Trigger::scheduled);
    for (int time = 0; time < 2; ++time) {
        turns.remove_from(StoreName::root);
        turns.run(Trigger::scheduled);
    }
    REQUIRE(turns.told() == "contested");
    turns.remove_from(StoreName::trusted_publisher);
    turns.remove_from(StoreName::root, sha256_of(second()));
    CHECK(turns.run(Trigger::scheduled) == "+TrustedPublisher +Root");
    CHECK(turns.told() == "contested removed_by_others removed_by_others");
}

TEST_CASE("a contest over a certificate ends when the settings change or a person repairs") {
    Turns turns;
    turns.run(Trigger::scheduled);
    for (int time = 0; time < 2; ++time) {
        turns.remove_from(StoreName::root);
        turns.run(Trigger::scheduled);
    }
    REQUIRE(turns.told() == "contested");
    const bool person = GENERATE(false, true);
    if (!person) turns.digest = "other settings";
    CHECK(turns.run(person ? Trigger::person : Trigger::scheduled) == "+Root");
    turns.remove_from(StoreName::root);
    CHECK(turns.run(Trigger::scheduled) == (person ? "+Root" : "")); // under the new settings it was, once
    turns.remove_from(StoreName::root);
    CHECK(turns.run(Trigger::scheduled).empty());
}

TEST_CASE("a certificate that was never in place waits for the scheduled run, and nobody is suspected") {
    Turns turns;
    CHECK(turns.run(Trigger::drift) == "+policy");
    CHECK(turns.told().empty());
    CHECK(turns.run(Trigger::scheduled) == "+Root +TrustedPublisher");
    CHECK(turns.told().empty());
}

TEST_CASE("what a run was about to put back when it died is put back by the next one") {
    Turns turns;
    turns.run(Trigger::scheduled);
    turns.remove_from(StoreName::root);
    turns.take_back_policy();
    const DesiredState desired = decide(turns.settings, turns.obtained, turns.now);
    turns.memory = judge_contest(turns.memory, plan_repair(desired, turns.observed),
                                 {desired, turns.observed, Trigger::scheduled, turns.digest, turns.now})
                       .memory; // remembered before the changes, and no more
    CHECK(turns.run(Trigger::drift) == "+policy");
    CHECK(turns.run(Trigger::scheduled) == "+Root");
    CHECK(turns.told().empty());
    turns.remove_from(StoreName::root);
    CHECK(turns.run(Trigger::scheduled).empty());
    CHECK(turns.told() == "contested");
}

TEST_CASE("a look remembers what is in place, and neither counts nor ends a contest") {
    Turns turns;
    turns.put(StoreName::root, wsus());
    turns.put(StoreName::trusted_publisher, wsus());
    turns.observed.policy_value = dword_value(1);
    turns.look();
    turns.remove_from(StoreName::root);
    turns.take_back_policy();
    for (int time = 0; time < 3; ++time) turns.look();
    CHECK(turns.run(Trigger::drift) == "+policy");
    CHECK(turns.told() == "removed_by_others");
    turns.look();
    turns.take_back_policy();
    turns.look();
    CHECK(turns.run(Trigger::drift).empty());
    CHECK(turns.told() == "removed_by_others contested");
    const ContestMemory memory = turns.memory;
    turns.look();
    CHECK(turns.memory == memory);
}

TEST_CASE(
    "what is withdrawn or distrusted goes and stays gone, whatever the trigger and whoever put it back") {
    const Trigger trigger = GENERATE(Trigger::person, Trigger::scheduled, Trigger::drift);
    Turns turns;
    turns.run(Trigger::scheduled);
    turns.settings.certificates.front().state = CertificateState::withdrawn;
    turns.trust(second(), CertificateState::distrusted);
    CHECK(turns.run(trigger) == "+Disallowed -Root -TrustedPublisher");
    for (int time = 0; time < 5; ++time) {
        turns.put(StoreName::root, wsus());
        turns.put(StoreName::trusted_publisher, second());
        turns.remove_from(StoreName::disallowed, sha256_of(second()));
        CHECK(turns.run(trigger) == "+Disallowed -Root -TrustedPublisher");
        CHECK(turns.told().empty());
        CHECK(turns.memory.placed.empty());
    }
}

TEST_CASE("threat 39: what somebody put into Disallowed is not put back by any trigger, and is no contest") {
    Turns turns;
    turns.run(Trigger::scheduled);
    turns.put(StoreName::disallowed, wsus());
    turns.remove_from(StoreName::root);
    turns.remove_from(StoreName::trusted_publisher);
    for (const Trigger trigger : {Trigger::drift, Trigger::scheduled, Trigger::scheduled, Trigger::person}) {
        CHECK(turns.run(trigger).empty());
        CHECK(turns.told().empty()); // `disallowed` says it
    }
}

TEST_CASE("a contest says how often and when it was taken back, by whom, and what is so") {
    Turns turns;
    turns.run(Trigger::scheduled);
    turns.observed.policy_owner = Owner::domain_group_policy;
    turns.settings.override_owner.value = true;
    for (int time = 0; time < 2; ++time) {
        turns.take_back_policy();
        turns.remove_from(StoreName::root);
        turns.now += hours{2};
        turns.run(Trigger::scheduled);
    }
    REQUIRE(turns.told() == "contested contested");
    const Finding& root = turns.findings[0];
    CHECK(root.detail.contains("put back at 2026-06-01T02:00:00Z"));
    CHECK(root.owner == "unknown");
    const Finding& policy = turns.findings[1];
    CHECK(policy.subject == policy_value_name);
    CHECK(policy.detail.contains("twice within 24 hours"));
    CHECK(policy.detail.contains("2026-06-01T02:00:00Z and at 2026-06-01T04:00:00Z"));
    CHECK(policy.detail.contains("domain Group Policy"));
    CHECK(policy.owner == "domainGroupPolicy");
    CHECK(policy.actual == "REG_DWORD 0");
}

TEST_CASE("whatever is remembered, a contest adds nothing to a plan, removes nothing, and keeps no distrust "
          "from it") {
    std::mt19937 random(1); // NOLINT(cert-msc51-cpp): the same at every run
    const auto time = [&random] {
        return reference_time + hours{static_cast<int>(random() % 200'000) - 100'000};
    };
    for (int round = 0; round < 2'000; ++round) {
        Turns turns;
        turns.trust(second(), static_cast<CertificateState>(random() % 3));
        for (const Bytes* der : {&wsus(), &second()})
            for (const StoreName store :
                 {StoreName::root, StoreName::trusted_publisher, StoreName::disallowed}) {
                if (random() % 2 == 0) turns.put(store, *der);
                if (random() % 2 == 0)
                    turns.memory.placed[{sha256_of(*der), store}] = {static_cast<Placed::State>(random() % 3),
                                                                     time()};
            }
        turns.memory.settings_digest = random() % 2 == 0 ? turns.digest : "x";
        turns.memory.policy_right = random() % 2 == 0;
        while (turns.memory.policy_reverted.size() < random() % 3)
            turns.memory.policy_reverted.push_back(time());
        turns.memory.policy_owner = random() % 2 == 0 ? std::optional(Owner::mdm) : std::nullopt;
        const DesiredState desired = decide(turns.settings, turns.obtained, turns.now);
        const Plan wanted = plan_repair(desired, turns.observed);
        const auto trigger = static_cast<Trigger>(random() % 3);
        const ContestVerdict verdict =
            judge_contest(turns.memory, wanted, {desired, turns.observed, trigger, turns.digest, turns.now});
        std::vector<Change> kept = verdict.plan.changes;
        for (const Change& change : wanted.changes) {
            const auto same = std::ranges::find(kept, change);
            const auto* add = std::get_if<AddCertificate>(&change);
            const bool may_wait = std::holds_alternative<SetPolicyValue>(change) ||
                                  (add != nullptr && add->store != StoreName::disallowed);
            REQUIRE((same != kept.end() || (may_wait && trigger != Trigger::person)));
            if (same != kept.end()) kept.erase(same);
        }
        REQUIRE(kept.empty());
    }
}
