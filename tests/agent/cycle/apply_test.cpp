// Taking back what was added, and nothing else.
#include "agent/cycle/run_cycle.h"

#include "tests/support/scene.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::changes;
using test::has;
using test::Scene;
using test::wsus;

TEST_CASE("threat 40: distrusted goes into Disallowed and stays there after undo") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(exit_code(scene.repair()) == 0);
    scene.settings.certificates[0].state = CertificateState::distrusted;
    const StatusReport report = scene.repair();
    CHECK(exit_code(report) == 0);
    CHECK(changes(report) == "addCertificate Disallowed done; removeCertificate Root done; removeCertificate "
                             "TrustedPublisher done");
    const StatusReport undone = scene.undo();
    CHECK(has(undone, "not_undone", Severity::warning));
    CHECK(exit_code(undone) == 0);
    CHECK(scene.holds(StoreName::disallowed, wsus()));
    CHECK_FALSE(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("undo takes away what was added and nothing else, and a second undo writes nothing") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    const Bytes bystander = test::self_signed({.subject = "CN=Bystander"});
    scene.put(StoreName::root, bystander);
    const auto before = scene.registry.contents();
    static_cast<void>(scene.repair());
    CHECK(exit_code(scene.undo(CycleKind::what_if)) == 1);
    const StatusReport undone = scene.undo();
    CHECK(exit_code(undone) == 0);
    CHECK(undone.in_desired_state == true);
    auto after = scene.registry.contents();
    std::erase_if(after, [](const auto& key) {
        return key.first.find("wsustrustagent") != std::string::npos ||
               key.first.find("WSUSTRUSTAGENT") != std::string::npos;
    });
    CHECK(after.size() <= before.size() + 2); // at most the two keys right below SOFTWARE remain
    CHECK(scene.holds(StoreName::root, bystander));
    CHECK_FALSE(scene.observed().policy_value);
    scene.registry.forget_writes();
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.registry.writes().empty());
}

TEST_CASE("threat 25: with forged or lost state undo removes only marked entries and adds nothing") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    static_cast<void>(scene.repair());
    const Bytes bystander = test::self_signed({.subject = "CN=Bystander"});
    scene.put(StoreName::root, bystander);
    scene.put(StoreName::disallowed, bystander);

    SECTION("lost") {
        REQUIRE(scene.registry.erase_key(previous_key));
        const StatusReport report = scene.undo();
        CHECK(exit_code(report) == 0);
        CHECK(as_dword(*scene.observed().policy_value) == 1U); // whose it was is not known any more
    }
    SECTION("forged") {
        REQUIRE(scene.registry.set(
            previous_key, "CreatedKeys",
            string_value(
                "Microsoft|Microsoft\\Windows NT|Microsoft\\SystemCertificates\\Root\\Certificates")));
        REQUIRE(scene.registry.set(previous_key, policy_value_name, dword_value(7)));
        static_cast<void>(scene.undo());
    }
    CHECK_FALSE(scene.holds(StoreName::root, wsus()));
    CHECK_FALSE(scene.holds(StoreName::trusted_publisher, wsus()));
    CHECK(scene.holds(StoreName::root, bystander));
    CHECK(scene.holds(StoreName::disallowed, bystander));
    CHECK(scene.observed().entries.size() == 2);
}

TEST_CASE("a value that somebody else has set since is theirs: undo leaves it") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    static_cast<void>(scene.repair());
    scene.put_policy_value(dword_value(0));
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(as_dword(*scene.observed().policy_value) == 0U);
}

TEST_CASE("undo forgets what it remembered even when there is nothing left to take back") {
    Scene scene;
    scene.pin(wsus());
    scene.put(StoreName::root, wsus());
    scene.put(StoreName::trusted_publisher, wsus());
    scene.put_policy_value(dword_value(0));
    CHECK(exit_code(scene.repair()) == 0);
    scene.put_policy_value(dword_value(0)); // an administrator
    CHECK(exit_code(scene.undo()) == 0);
    scene.put_policy_value(dword_value(1)); // and again, the other way
    const StatusReport second = scene.undo();
    CHECK(second.changes.empty());
    CHECK(as_dword(*scene.observed().policy_value) == 1U);
}

TEST_CASE("undo lists only the keys that it removed") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    static_cast<void>(scene.repair());
    const Bytes bystander = test::self_signed({.subject = "CN=Bystander"});
    scene.put(StoreName::trusted_publisher, bystander);
    for (const ReportChange& change : scene.undo().changes) {
        if (change.action != "removeKey") continue;
        CHECK_FALSE(scene.registry.list(change.store)->has_value());
    }
    CHECK(scene.holds(StoreName::trusted_publisher, bystander));
}

TEST_CASE("undo removes no key that was there before, and none that somebody has put a value into") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    const std::string there = certificates_key(StoreName::root, Location::machine);
    REQUIRE(scene.registry.set(there, "x", dword_value(1)));
    REQUIRE(scene.registry.erase(there, "x"));
    CHECK(exit_code(scene.repair()) == 0);
    REQUIRE(scene.registry.set(policy_key, "WUServer", string_value("http://wsus.example.com:8530")));
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.registry.list(there)->has_value());
    CHECK(scene.registry.get(policy_key, "WUServer")->has_value());
    CHECK_FALSE(scene.observed().policy_value);
    CHECK_FALSE(
        scene.registry.list(certificates_key(StoreName::trusted_publisher, Location::machine))->has_value());
}

TEST_CASE("the keys that the first repair created are gone after undo, whatever was repaired since") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(exit_code(scene.repair()) == 0);
    REQUIRE(scene.registry.erase(policy_key, policy_value_name));
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(exit_code(scene.undo()) == 0);
    CHECK_FALSE(scene.registry.list(certificates_key(StoreName::root, Location::machine))->has_value());
}

TEST_CASE("the policy value is given back as it was, with its type") {
    for (const RegistryValue& before : {dword_value(0), dword_value(5), string_value("1")}) {
        Scene scene;
        scene.pin(wsus());
        scene.publish(wsus());
        scene.put_policy_value(before);
        CHECK(exit_code(scene.repair()) == 0);
        CHECK(exit_code(scene.undo()) == 0);
        CHECK(scene.observed().policy_value == before);
    }
}

TEST_CASE("undo forgets the previous value and the cached certificates") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(exit_code(scene.undo()) == 0);
    CHECK_FALSE(scene.registry.list(previous_key)->has_value());
    CHECK_FALSE(scene.registry.list(cache_key)->has_value());
}
