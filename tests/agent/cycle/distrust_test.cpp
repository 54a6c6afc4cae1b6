#include "agent/cycle/distrust.h"

#include "tests/support/scene.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace wta;
using Catch::Matchers::ContainsSubstring;
using test::changes;
using test::codes;
using test::has;
using test::Scene;
using test::wsus;

namespace {

struct Repaired : Scene {
    explicit Repaired(EndpointKind of_kind = EndpointKind::live) {
        kind = of_kind;
        pin(wsus()).der = wsus();
        publish(wsus());
        REQUIRE(exit_code(repair()) == 0);
        registry.forget_writes();
    }
};

bool trusted(Scene& scene, const Bytes& der = wsus()) {
    return scene.holds(StoreName::root, der) || scene.holds(StoreName::trusted_publisher, der);
}

bool in_cache(Scene& scene) {
    const auto digests = list_cached(scene.registry).value();
    return std::ranges::find(digests, sha256_of(wsus())) != digests.end();
}

Distrust given(std::optional<Bytes> der, std::string problem = {}) {
    return {.sha256 = sha256_of(wsus()), .der = std::move(der), .der_problem = std::move(problem)};
}

ReportFinding finding(const StatusReport& report, std::string_view code) {
    const auto found = std::ranges::find(report.findings, code, &ReportFinding::code);
    REQUIRE(found != report.findings.end());
    return *found;
}

} // namespace

TEST_CASE("distrust takes it out of both stores, into Disallowed, out of the cache, and remembers it first") {
    Repaired scene(GENERATE(EndpointKind::live, EndpointKind::image));
    REQUIRE(in_cache(scene));
    const StatusReport report = scene.distrust(wsus());
    CHECK(exit_code(report) == 0);
    CHECK(codes(report, Severity::info).empty());
    CHECK(
        changes(report) ==
        "writeTombstone done; addCertificate Disallowed done; removeCertificate Root done; removeCertificate "
        "TrustedPublisher done");
    CHECK_FALSE(trusted(scene));
    CHECK(scene.holds(StoreName::disallowed, wsus()));
    CHECK(scene.entry(StoreName::disallowed, wsus())->ours());
    CHECK_FALSE(in_cache(scene));
    CHECK(scene.tombstone(wsus()) == Tombstone{sha256_of(wsus()), scene.run_id, scene.now});
    REQUIRE(report.distrust);
    CHECK(*report.distrust == ReportTombstone{to_string(sha256_of(wsus())), scene.run_id});
    // Of the stores and the mark; what undo needs to know is noted before.
    const auto first = std::ranges::find_if(scene.registry.writes(), [](const test::RecordedWrite& write) {
        return !write.key.starts_with(previous_key);
    });
    REQUIRE(first != scene.registry.writes().end());
    CHECK(first->key == tombstone_key(sha256_of(wsus())));
}

TEST_CASE("distrust works where nothing of the agent was ever used, and leaves the policy value alone") {
    Scene scene;
    scene.kind = GENERATE(EndpointKind::live, EndpointKind::image);
    scene.put(StoreName::root, wsus());
    scene.put_policy_value(dword_value(0));
    CHECK(exit_code(scene.distrust(wsus())) == 0);
    CHECK_FALSE(trusted(scene));
    CHECK(scene.holds(StoreName::disallowed, wsus()));
    CHECK(scene.observed().policy_value == dword_value(0));
}

TEST_CASE("a second distrust writes nothing but its report, prints the same id and exits 0") {
    Repaired scene(GENERATE(EndpointKind::live, EndpointKind::image));
    const StatusReport first = scene.distrust(wsus());
    const auto after = scene.observed();
    const auto remembered = scene.tombstone(wsus());
    scene.run_id = "019303f0-0000-7000-8000-000000000001";
    scene.now += std::chrono::hours{1};
    scene.registry.forget_writes();
    const StatusReport second = scene.distrust(wsus());
    CHECK(exit_code(second) == 0);
    CHECK(second.changes.empty());
    CHECK(second.distrust == first.distrust);
    CHECK(scene.tombstone(wsus()) == remembered);
    CHECK(scene.observed() == after);
    for (const test::RecordedWrite& write : scene.registry.writes()) CHECK(write.key == status_key);
    CHECK((scene.kind == EndpointKind::live || scene.registry.writes().empty()));
}

TEST_CASE("what-if shows what distrust would do, and does nothing") {
    Repaired scene;
    const auto before = scene.registry.contents();
    const StatusReport report = scene.distrust(wsus(), CycleKind::what_if);
    CHECK(changes(report) ==
          "writeTombstone planned; addCertificate Disallowed planned; removeCertificate Root "
          "planned; removeCertificate TrustedPublisher planned");
    CHECK(exit_code(report) == 8);
    CHECK_FALSE(report.distrust);
    CHECK(scene.registry.contents() == before);
}

TEST_CASE("with stale settings a repair keeps out what was distrusted by hand, and says who counts") {
    Repaired scene(GENERATE(EndpointKind::live, EndpointKind::image));
    REQUIRE(exit_code(scene.distrust(wsus())) == 0);
    scene.registry.forget_writes();
    for (int run = 0; run < 3; ++run) {
        const StatusReport report = run == 1 ? scene.check() : scene.repair();
        CHECK(codes(report) == "distrusted_by_hand");
        CHECK(exit_code(report) == 0);
        CHECK(report.changes.empty());
        CHECK_FALSE(trusted(scene));
        CHECK(report.certificates.at(0).state == "distrusted");
        CHECK(std::ranges::none_of(report.findings, [&](const ReportFinding& one) {
            return (one.message + one.remedy + one.actual + one.expected).find(scene.run_id) !=
                   std::string::npos;
        }));
    }
    CHECK_FALSE(in_cache(scene));
}

TEST_CASE("threat 39: what somebody places again is taken out again by the next repair") {
    Repaired scene;
    REQUIRE(exit_code(scene.distrust(wsus())) == 0);
    scene.put(StoreName::root, wsus());
    scene.put(StoreName::trusted_publisher, wsus());
    const StatusReport looked = scene.check();
    CHECK(has(looked, "distrusted_present", Severity::error));
    CHECK(exit_code(looked) == 1);
    CHECK(changes(scene.repair()) == "removeCertificate Root done; removeCertificate TrustedPublisher done");
    CHECK_FALSE(trusted(scene));
}

TEST_CASE(
    "a tombstone that no settings name is enforced, is told when it is trusted, and sets no policy value") {
    Scene scene;
    scene.kind = GENERATE(EndpointKind::live, EndpointKind::image);
    REQUIRE(exit_code(scene.distrust(given(wsus()))) == 0);
    scene.put(StoreName::root, wsus());
    scene.registry.forget_writes();
    const StatusReport looked = scene.check();
    CHECK(has(looked, "distrusted_present", Severity::error));
    CHECK(has(looked, "nothing_configured", Severity::error));
    CHECK_FALSE(has(looked, "distrusted_by_hand", Severity::warning));
    CHECK(changes(scene.repair()) == "removeCertificate Root done");
    CHECK_FALSE(scene.observed().policy_value);
    CHECK(codes(scene.repair(), Severity::error) == "nothing_configured policy_missing");
}

TEST_CASE("beside a tombstone settings that pin another certificate are enforced as ever") {
    Scene scene;
    REQUIRE(exit_code(scene.distrust(given(wsus()))) == 0);
    const Bytes next = test::self_signed({.subject = "CN=Next"});
    scene.pin(next).der = next;
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.holds(StoreName::root, next));
    CHECK(scene.observed().policy_value == dword_value(1));
}

TEST_CASE("mode audit reports what a tombstone asks for, and changes nothing") {
    Repaired scene;
    REQUIRE(exit_code(scene.distrust(wsus())) == 0);
    scene.put(StoreName::root, wsus());
    scene.settings.mode.value = Mode::audit;
    CHECK(has(scene.repair(), "distrusted_present", Severity::error));
    CHECK(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("threat 40: distrusted by hand, then undo, then settings that trust it: still distrusted") {
    Repaired scene(GENERATE(EndpointKind::live, EndpointKind::image));
    REQUIRE(exit_code(scene.distrust(wsus())) == 0);
    const auto mark = scene.tombstone(wsus());
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.tombstone(wsus()) == mark);
    CHECK(scene.holds(StoreName::disallowed, wsus()));
    CHECK(codes(scene.repair()) == "distrusted_by_hand");
    CHECK_FALSE(trusted(scene));
}

TEST_CASE("a clone keeps the tombstones of the machine that it was made of") {
    Repaired scene;
    REQUIRE(scene.registry.set(R"(Microsoft\Cryptography)", "MachineGuid", string_value("one")));
    static_cast<void>(scene.repair());
    REQUIRE(exit_code(scene.distrust(wsus())) == 0);
    REQUIRE(scene.registry.set(R"(Microsoft\Cryptography)", "MachineGuid", string_value("another")));
    CHECK(codes(scene.repair()) == "distrusted_by_hand");
    CHECK_FALSE(trusted(scene));
}

TEST_CASE("with its id in the settings a repair lifts the tombstone, and leaves Disallowed to a person") {
    Repaired scene(GENERATE(EndpointKind::live, EndpointKind::image));
    const StatusReport distrusted = scene.distrust(wsus());
    scene.settings.certificates[0].retrust = distrusted.distrust->id;
    CHECK(has(scene.check(), "disallowed", Severity::error));
    CHECK(scene.tombstone(wsus()));
    CHECK(changes(scene.what_if()) == "eraseTombstone planned");
    const StatusReport lifted = scene.repair();
    CHECK(changes(lifted) == "eraseTombstone done");
    CHECK(codes(lifted) == "disallowed");
    CHECK_FALSE(scene.tombstone(wsus()));
    CHECK_FALSE(trusted(scene));
    REQUIRE(scene.registry.erase_key(certificates_key(StoreName::disallowed, Location::machine) + "\\" +
                                     to_string(thumbprint_of(wsus()))));
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.holds(StoreName::root, wsus()));
    CHECK(scene.repair().changes.empty());
}

TEST_CASE("an old id lifts no new tombstone") {
    Repaired scene;
    scene.settings.certificates[0].retrust = scene.distrust(wsus()).distrust->id;
    static_cast<void>(scene.repair());
    scene.run_id = "019303f0-0000-7000-8000-000000000001";
    CHECK(exit_code(scene.distrust(wsus())) == 0);
    CHECK(codes(scene.repair()) == "distrusted_by_hand");
    CHECK(scene.tombstone(wsus())->id == scene.run_id);
}

TEST_CASE("threat 24: a garbled tombstone is lifted by nothing, until another distrust gives it an id") {
    Repaired scene;
    REQUIRE(exit_code(scene.distrust(wsus())) == 0);
    REQUIRE(scene.registry.set(tombstone_key(sha256_of(wsus())), "Id", binary_value(Bytes(300))));
    scene.settings.certificates[0].retrust = scene.run_id;
    CHECK(codes(scene.repair()) == "distrusted_by_hand");
    CHECK(scene.tombstone(wsus()));
    scene.run_id = "019303f0-0000-7000-8000-000000000001";
    const StatusReport again = scene.distrust(wsus());
    CHECK(exit_code(again) == 0);
    CHECK(changes(again) == "writeTombstone done");
    CHECK(again.distrust->id == scene.run_id);
    CHECK(scene.tombstone(wsus())->complete());
}

TEST_CASE("a tombstone that lacks its time keeps its id") {
    Repaired scene;
    REQUIRE(scene.registry.set(tombstone_key(sha256_of(wsus())), "Id", string_value(scene.run_id)));
    scene.run_id = "019303f0-0000-7000-8000-000000000001";
    CHECK(exit_code(scene.distrust(wsus())) == 0);
    CHECK(scene.tombstone(wsus()) ==
          Tombstone{sha256_of(wsus()), "019303f0-0000-7000-8000-000000000000", scene.now});
}

TEST_CASE("the bytes for Disallowed come from any store, from who asks, or from the cache, in this order") {
    const std::string from = GENERATE("Group Policy", "CA", "given", "cache");
    Scene scene;
    scene.kind = GENERATE(EndpointKind::live, EndpointKind::image);
    Distrust what = given({});
    if (from == "Group Policy") scene.put(StoreName::disallowed, wsus(), Location::group_policy);
    if (from == "CA") scene.put(StoreName::ca, wsus());
    if (from == "given") what.der = wsus();
    if (from == "cache") REQUIRE(write_cached(scene.registry, sha256_of(wsus()), {wsus(), std::nullopt}));
    INFO(from);
    const StatusReport report = scene.distrust(what);
    CHECK(exit_code(report) == 0);
    CHECK(codes(report).empty());
    CHECK(scene.holds(StoreName::disallowed, wsus()));
    CHECK_FALSE(in_cache(scene));
}

TEST_CASE(
    "without bytes what nothing trusts is remembered, and what could not be done is told with what to do") {
    Scene scene;
    scene.kind = GENERATE(EndpointKind::live, EndpointKind::image);
    const StatusReport report = scene.distrust(wsus());
    CHECK(exit_code(report) == 0);
    CHECK(codes(report) == "distrust_incomplete");
    CHECK_THAT(finding(report, "distrust_incomplete").remedy, ContainsSubstring("--der"));
    CHECK(changes(report) == "writeTombstone done");
    CHECK(exit_code(scene.distrust(given(wsus()))) == 0);
    CHECK(scene.holds(StoreName::disallowed, wsus()));
}

TEST_CASE("bytes that are no certificate do not hinder the removal, and the run ends with 8") {
    const Bytes text = to_bytes(as_byte_view("hashes to what was asked for, and is no certificate"));
    Scene scene;
    scene.put(StoreName::root, wsus());
    const StatusReport report = scene.distrust({.sha256 = sha256_of(text), .der = text, .der_problem = {}});
    CHECK(exit_code(report) == 8);
    CHECK(has(report, "not_a_certificate", Severity::warning));
    CHECK(has(report, "distrust_incomplete", Severity::error));
    CHECK(scene.tombstone(text));
    CHECK(scene.observed().entries.size() == 1);
}

TEST_CASE("something else than its bytes does not hinder anything, and the run ends with 8 and says so") {
    const bool known = GENERATE(false, true);
    Scene scene;
    if (known) scene.put(StoreName::root, wsus());
    const StatusReport report = scene.distrust(given({}, "What --der names is another certificate."));
    CHECK(exit_code(report) == 8);
    CHECK(codes(report) == "distrust_incomplete");
    CHECK(finding(report, "distrust_incomplete").message == "What --der names is another certificate.");
    CHECK_FALSE(trusted(scene));
    CHECK(report.in_desired_state == true);
    CHECK(scene.holds(StoreName::disallowed, wsus()) == known);
    CHECK(scene.tombstone(wsus()));
}

TEST_CASE("a copy that Group Policy delivers stays, is named with its place, and the run ends with 8") {
    const Location location = GENERATE(Location::group_policy, Location::enterprise);
    const StoreName store = GENERATE(StoreName::root, StoreName::trusted_publisher);
    Repaired scene(GENERATE(EndpointKind::live, EndpointKind::image));
    scene.put(store, wsus(), location);
    for (int run = 0; run < 2; ++run) {
        const StatusReport report = scene.distrust(wsus());
        CHECK(exit_code(report) == 8);
        CHECK(codes(report) == "still_delivered_by_policy");
        CHECK_THAT(finding(report, "still_delivered_by_policy").actual,
                   ContainsSubstring(std::string(to_string(location))));
        CHECK(report.in_desired_state == false);
        CHECK(scene.holds(StoreName::disallowed, wsus()));
        CHECK(scene.observed().find(store, sha256_of(wsus())).size() == 1);
        CHECK_FALSE(in_cache(scene));
    }
}

TEST_CASE("an entry under a name that is not its own goes, and other certificates stay") {
    Scene scene;
    const Bytes other = test::self_signed({.subject = "CN=Other"});
    scene.put(StoreName::root, other);
    const Thumbprint name = thumbprint_of(as_byte_view("another name"));
    StoredCertificate hidden{{{3, to_bytes(name.bytes)}, {0x20, wsus()}}};
    REQUIRE(scene.registry.set(certificates_key(StoreName::root, Location::machine) + "\\" + to_string(name),
                               "Blob", binary_value(encode_blob(hidden))));
    REQUIRE(scene.holds(StoreName::root, wsus()));
    CHECK(exit_code(scene.distrust(wsus())) == 0);
    CHECK_FALSE(trusted(scene));
    CHECK(scene.holds(StoreName::root, other));
}

TEST_CASE("the cache is purged also when nothing else is left to do, whatever stands in it") {
    Repaired scene(GENERATE(EndpointKind::live, EndpointKind::image));
    REQUIRE(exit_code(scene.distrust(wsus())) == 0);
    const std::string key = std::string(cache_key) + "\\" + to_string(sha256_of(wsus()));
    REQUIRE(scene.registry.set(key, "Certificate", GENERATE(binary_value(Bytes(300)), dword_value(1))));
    REQUIRE(scene.registry.set(key + "\\Sub", "x", dword_value(1)));
    const StatusReport report = scene.distrust(wsus());
    CHECK(exit_code(report) == 0);
    CHECK(report.changes.empty());
    CHECK_FALSE(scene.registry.list(key).value());
}

TEST_CASE("what only the cache has stays there until it is in Disallowed") {
    Scene scene;
    scene.kind = EndpointKind::live;
    REQUIRE(write_cached(scene.registry, sha256_of(wsus()), {wsus(), std::nullopt}));
    REQUIRE(write_tombstone(scene.registry, {sha256_of(wsus()), scene.run_id, scene.now}));
    static_cast<void>(scene.check());
    CHECK(in_cache(scene));
    CHECK(changes(scene.repair()) == "addCertificate Disallowed done");
    CHECK_FALSE(in_cache(scene));
}

TEST_CASE("among 10,000 other certificates distrust finds the one that is meant") {
    Repaired scene;
    for (int i = 0; i < 10'000; ++i) {
        const Bytes der = to_bytes(as_byte_view("certificate " + std::to_string(i)));
        const StoredCertificate entry{{{0x20, der}}};
        REQUIRE(scene.registry.set(certificates_key(StoreName::root, Location::machine) + "\\" +
                                       to_string(thumbprint_of(der)),
                                   "Blob", binary_value(encode_blob(entry))));
    }
    CHECK(exit_code(scene.distrust(wsus())) == 0);
    CHECK_FALSE(trusted(scene));
    CHECK(scene.observed().entries.size() == 10'001);
}

TEST_CASE("a CA that was distrusted by hand is trusted in no chain") {
    Scene scene;
    scene.put(StoreName::root, test::ca().der);
    scene.pin(test::ca_issued()).der = test::ca_issued();
    REQUIRE(exit_code(scene.repair()) == 0);
    REQUIRE(exit_code(scene.distrust(test::ca().der)) == 0);
    CHECK(has(scene.check(), "issuer_not_trusted", Severity::error));
}
