// The whole run over a made-up machine: what is found, written, refused, and how it exits.
#include "agent/cycle/run_cycle.h"

#include "common/base/utf.h"
#include "tests/support/scene.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;
using test::ca;
using test::ca_issued;
using test::changes;
using test::codes;
using test::has;
using test::Scene;
using test::wsus;

TEST_CASE("an empty machine becomes compliant, and a second repair writes nothing") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(exit_code(scene.check()) == 1);
    CHECK(scene.registry.writes().empty());

    const StatusReport repaired = scene.repair();
    CHECK(codes(repaired).empty());
    CHECK(changes(repaired) ==
          "addCertificate Root done; addCertificate TrustedPublisher done; setPolicyValue done");
    CHECK(exit_code(repaired) == 0);
    CHECK(repaired.state == ComplianceState::compliant);

    scene.registry.forget_writes();
    scene.transport.forget_requests();
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.registry.writes().empty());
    CHECK(scene.transport.requests().empty()); // the digest says it all
    CHECK(exit_code(scene.check()) == 0);
}

TEST_CASE("a CA-issued certificate never enters Root") {
    Scene scene;
    scene.pin(ca_issued());
    scene.publish(ca_issued());
    scene.put(StoreName::root, ca().der);
    const StatusReport report = scene.repair();
    CHECK(exit_code(report) == 0);
    CHECK(scene.holds(StoreName::trusted_publisher, ca_issued()));
    CHECK_FALSE(scene.holds(StoreName::root, ca_issued()));
}

TEST_CASE("what-if lists the changes and writes nothing") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    const StatusReport report = scene.what_if();
    CHECK(changes(report) ==
          "addCertificate Root planned; addCertificate TrustedPublisher planned; setPolicyValue planned");
    CHECK(exit_code(report) == 1);
    CHECK(scene.registry.writes().empty());
}

TEST_CASE("mode audit never changes anything") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.settings.mode.value = Mode::audit;
    const StatusReport report = scene.repair();
    CHECK(exit_code(report) == 1);
    CHECK(report.changes.size() == 3);
    CHECK(report.changes[0].outcome == Outcome::planned);
    CHECK(scene.registry.writes().empty());
}

TEST_CASE("threat 1: a swapped publication is not installed, exit 6; 0 with a warning where the pinned one "
          "is in place") {
    Scene scene;
    scene.pin(wsus());
    const Bytes evil = test::self_signed(
        {.subject = "CN=WSUS Publishers Self-signed", .key = test::labelled(test::rsa(), "evil")});
    scene.transport.publish(Scene::source_of(wsus()), evil);
    const StatusReport refused = scene.repair();
    CHECK(has(refused, "publication_changed", Severity::error));
    CHECK(exit_code(refused) == 6);
    CHECK_FALSE(scene.holds(StoreName::root, evil));
    CHECK_FALSE(scene.holds(StoreName::trusted_publisher, evil));

    scene.put(StoreName::root, wsus());
    scene.put(StoreName::trusted_publisher, wsus());
    scene.put_policy_value(dword_value(1));
    scene.settings.fetch.refresh.value = std::chrono::seconds{0};
    const StatusReport warned = scene.repair();
    CHECK(has(warned, "publication_changed", Severity::warning));
    CHECK(exit_code(warned) == 0);
    CHECK(scene.registry.writes().empty());
}

TEST_CASE("threat 2: without a pin the run is an audit") {
    Scene scene;
    CertificateSettings entry;
    entry.sources = {"https://pki.example.com/current.cer"};
    scene.settings.certificates.push_back(entry);
    scene.transport.publish("https://pki.example.com/current.cer", wsus());
    const StatusReport report = scene.repair();
    CHECK(has(report, "not_pinned", Severity::error));
    CHECK(exit_code(report) == 6);
    CHECK(scene.registry.writes().empty());
    const auto finding = std::ranges::find(report.findings, "not_pinned", &ReportFinding::code);
    CHECK(finding->message.find(to_string(sha256_of(wsus()))) !=
          std::string::npos); // so that it can be pinned
}

TEST_CASE("with some pinned, those and the policy value are enforced and the exit is 6") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    CertificateSettings entry;
    entry.sources = {"https://pki.example.com/other.cer"};
    scene.settings.certificates.push_back(entry);
    const StatusReport report = scene.repair();
    CHECK(exit_code(report) == 6);
    CHECK(scene.holds(StoreName::root, wsus()));
    CHECK(as_dword(*scene.observed().policy_value) == 1U);
}

TEST_CASE("nothing configured is not compliant and changes nothing") {
    Scene scene;
    const StatusReport report = scene.repair();
    CHECK(has(report, "nothing_configured", Severity::error));
    CHECK(exit_code(report) == 1);
    CHECK(scene.registry.writes().empty());
}

TEST_CASE("threat 8: with allow no_eku the Root entry is limited to Code Signing, without it the certificate "
          "is refused") {
    const Bytes der = test::self_signed({.usage = std::nullopt});
    Scene scene;
    scene.pin(der);
    scene.publish(der);
    const StatusReport refused = scene.repair();
    CHECK(has(refused, "no_eku", Severity::error));
    CHECK(exit_code(refused) == 6);
    CHECK_FALSE(scene.holds(StoreName::root, der));

    scene.settings.certificates[0].allow.no_eku = true;
    CHECK(exit_code(scene.repair()) == 0);
    REQUIRE(scene.entry(StoreName::root, der));
    CHECK(scene.entry(StoreName::root, der)->limited_to_code_signing());
    CHECK_FALSE(scene.entry(StoreName::trusted_publisher, der)->has_usage_property());
}

TEST_CASE("restrict_usage: false leaves the Root entry unlimited") {
    const Bytes der = test::self_signed({.usage = std::nullopt});
    Scene scene;
    CertificateSettings& entry = scene.pin(der);
    entry.allow.no_eku = true;
    entry.restrict_usage = false;
    scene.publish(der);
    CHECK(exit_code(scene.repair()) == 0);
    CHECK_FALSE(scene.entry(StoreName::root, der)->has_usage_property());
}

TEST_CASE("every entry that the agent adds carries its mark") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    static_cast<void>(scene.repair());
    CHECK(scene.entry(StoreName::root, wsus())->ours());
    CHECK(scene.entry(StoreName::trusted_publisher, wsus())->ours());
}

TEST_CASE("an entry of an administrator is never replaced") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    StoredCertificate mine;
    mine.elements = {{11, to_utf16le_z("Our WSUS")}, {0x20, wsus()}};
    scene.put(StoreName::root, mine);
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.entry(StoreName::root, wsus()) == mine);
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.entry(StoreName::root, wsus()) == mine); // not ours to take away
    CHECK_FALSE(scene.holds(StoreName::trusted_publisher, wsus()));
}

TEST_CASE("an entry that does not decode is no certificate and is repaired") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    const std::string key =
        certificates_key(StoreName::root, Location::machine) + "\\" + to_string(thumbprint_of(wsus()));
    REQUIRE(scene.registry.set(key, "Blob", binary_value(as_byte_view("garbage"))));
    CHECK(has(scene.check(), "entry_damaged", Severity::error));
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("a copy that Group Policy delivers counts and is not duplicated") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.put(StoreName::root, wsus(), Location::group_policy);
    scene.put(StoreName::trusted_publisher, wsus(), Location::enterprise);
    const StatusReport report = scene.repair();
    CHECK(changes(report) == "setPolicyValue done");
    CHECK(exit_code(report) == 0);
}

TEST_CASE("Disallowed wins: a distrusted certificate is placed nowhere") {
    for (const Location location : all_locations) {
        Scene scene;
        scene.pin(wsus());
        scene.publish(wsus());
        scene.put(StoreName::disallowed, wsus(), location);
        const StatusReport report = scene.repair();
        CHECK(has(report, "disallowed", Severity::error));
        CHECK(exit_code(report) == 1);
        CHECK_FALSE(scene.holds(StoreName::root, wsus()));
        CHECK_FALSE(scene.holds(StoreName::trusted_publisher, wsus()));
    }
}

TEST_CASE("withdrawn is removed from Root and TrustedPublisher, whoever put it there") {
    Scene scene;
    scene.pin(wsus()).state = CertificateState::withdrawn;
    scene.put(StoreName::root, wsus());
    scene.put(StoreName::trusted_publisher, marked_entry(wsus(), false));
    const Bytes bystander = test::self_signed({.subject = "CN=Bystander"});
    scene.put(StoreName::root, bystander);
    CHECK(has(scene.check(), "withdrawn_present", Severity::error));
    CHECK(exit_code(scene.repair()) == 0);
    CHECK_FALSE(scene.holds(StoreName::root, wsus()));
    CHECK_FALSE(scene.holds(StoreName::trusted_publisher, wsus()));
    CHECK(scene.holds(StoreName::root, bystander));
    CHECK_FALSE(scene.holds(StoreName::disallowed, wsus()));
}

TEST_CASE("withdrawn copies that Group Policy delivers are reported, not touched") {
    Scene scene;
    scene.pin(wsus()).state = CertificateState::withdrawn;
    scene.put(StoreName::root, wsus(), Location::group_policy);
    const StatusReport report = scene.repair();
    CHECK(has(report, "still_delivered_by_policy", Severity::error));
    CHECK(exit_code(report) == 1);
    CHECK(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("a distrusted certificate needs no admission: the bad one may be anything") {
    const Bytes bad = test::make_ca("CN=Evil CA").der;
    Scene scene;
    scene.pin(bad).state = CertificateState::distrusted;
    scene.publish(bad);
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.holds(StoreName::disallowed, bad));
}

TEST_CASE("a distrusted certificate whose bytes are nowhere is incomplete, and said") {
    Scene scene;
    CertificateSettings& entry = scene.pin(wsus());
    entry.state = CertificateState::distrusted;
    entry.sources.clear();
    scene.put_policy_value(dword_value(1));
    const StatusReport report = scene.repair();
    CHECK(has(report, "distrust_incomplete", Severity::warning));
    CHECK(exit_code(report) == 0);
}

TEST_CASE("what is dropped from the settings stays and is a warning") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    static_cast<void>(scene.repair());
    const Bytes next = test::self_signed({.subject = "CN=Next"});
    scene.settings.certificates.clear();
    scene.pin(next);
    scene.publish(next);
    const StatusReport report = scene.repair();
    CHECK(has(report, "no_longer_configured", Severity::warning));
    CHECK(exit_code(report) == 0);
    CHECK(scene.holds(StoreName::root, wsus()));
    CHECK(scene.holds(StoreName::root, next));
}

TEST_CASE("expiry gates placing only") {
    const Bytes der = test::self_signed({.not_after = test::reference_time - std::chrono::days{1}});
    Scene scene;
    scene.pin(der);
    scene.publish(der);
    const StatusReport refused = scene.repair();
    CHECK(has(refused, "expired", Severity::error));
    CHECK(exit_code(refused) == 6);
    CHECK_FALSE(scene.holds(StoreName::root, der));

    scene.put(StoreName::root, der);
    scene.put(StoreName::trusted_publisher, der);
    scene.put_policy_value(dword_value(1));
    const StatusReport kept = scene.repair();
    CHECK(has(kept, "expired", Severity::warning));
    CHECK(exit_code(kept) == 0);
    CHECK(scene.holds(StoreName::root, der));
}

TEST_CASE("an allowed expired certificate is placed, with a warning") {
    const Bytes der = test::self_signed({.not_after = test::reference_time - std::chrono::days{1}});
    Scene scene;
    scene.pin(der).allow.expired = true;
    scene.publish(der);
    const StatusReport report = scene.repair();
    CHECK(exit_code(report) == 0);
    CHECK(codes(report) == "expired");
    CHECK(scene.holds(StoreName::root, der));
}

TEST_CASE("expiry within 90 days is a warning, a day later it is not") {
    Scene scene;
    const Bytes soon = test::self_signed({.not_after = test::reference_time + std::chrono::days{90}});
    scene.pin(soon);
    scene.publish(soon);
    CHECK(codes(scene.repair()) == "expires_soon");
    Scene later;
    const Bytes fine = test::self_signed({.not_after = test::reference_time + std::chrono::days{91}});
    later.pin(fine);
    later.publish(fine);
    CHECK(codes(later.repair()).empty());
}

TEST_CASE("the policy value: absent, 0, another number, another type are findings of their own, each "
          "repaired by one write") {
    struct Case {
        std::optional<RegistryValue> value;
        std::string code;
    };
    RegistryValue qword{reg_qword, Bytes(8)};
    qword.data[0] = std::byte{1};
    const std::vector<Case> cases{{std::nullopt, "policy_missing"},
                                  {dword_value(0), "policy_disabled"},
                                  {dword_value(2), "policy_wrong_value"},
                                  {qword, "policy_wrong_type"},
                                  {string_value("1"), "policy_wrong_type"}};
    for (const Case& each : cases) {
        Scene scene;
        scene.pin(wsus());
        scene.put(StoreName::root, wsus());
        scene.put(StoreName::trusted_publisher, wsus());
        if (each.value) scene.put_policy_value(*each.value);
        CHECK(codes(scene.check()) == each.code);
        CHECK(exit_code(scene.repair()) == 0);
        const auto written =
            std::ranges::count_if(scene.registry.writes(),
                                  [](const test::RecordedWrite& write) { return write.key == policy_key; });
        CHECK(written == 1);
        // and undo brings back what was there, with its type
        CHECK(exit_code(scene.undo()) == 0);
        CHECK(scene.observed().policy_value == each.value);
        CHECK(scene.holds(StoreName::root, wsus()));
    }
}

TEST_CASE("a policy value that the settings leave alone is reported and never written") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.settings.accept_trusted_publisher_certs.value = false;
    scene.put_policy_value(dword_value(0));
    const StatusReport report = scene.repair();
    CHECK(has(report, "policy_not_managed", Severity::warning));
    CHECK(exit_code(report) == 0);
    CHECK(as_dword(*scene.observed().policy_value) == 0U);
}

TEST_CASE("without an intranet update service: info by default, not applicable with only_with_wsus") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(has(scene.check(), "no_intranet_update_service", Severity::info));
    scene.settings.only_with_wsus.value = true;
    const StatusReport report = scene.repair();
    CHECK(report.state == ComplianceState::not_applicable);
    CHECK(exit_code(report) == 0);
    CHECK(scene.registry.writes().empty());
    scene.put_update_service();
    const StatusReport applied = scene.repair();
    CHECK(applied.state == ComplianceState::compliant);
    CHECK_FALSE(has(applied, "no_intranet_update_service", Severity::info));
    CHECK(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("a CA that is here but not trusted is an error, one that is not here a warning") {
    Scene scene;
    scene.pin(ca_issued());
    scene.publish(ca_issued());
    const StatusReport absent = scene.repair();
    CHECK(has(absent, "issuer_not_found", Severity::warning));
    CHECK(exit_code(absent) == 0);
    scene.put(StoreName::ca, ca().der);
    const StatusReport untrusted = scene.check();
    CHECK(has(untrusted, "issuer_not_trusted", Severity::error));
    CHECK(exit_code(untrusted) == 1);
    scene.put(StoreName::auth_root, ca().der);
    CHECK(codes(scene.check()).empty());
    scene.put(StoreName::disallowed, ca().der);
    CHECK(has(scene.check(), "issuer_not_trusted", Severity::error));
}

TEST_CASE("an issuer that the settings distrust breaks the chain before it is in Disallowed") {
    Scene scene;
    scene.pin(ca_issued());
    scene.put(StoreName::trusted_publisher, ca_issued());
    scene.put(StoreName::root, ca().der);
    scene.put_policy_value(dword_value(1));
    CHECK(exit_code(scene.check()) == 0);
    scene.pin(ca().der).state = CertificateState::distrusted;
    CHECK(has(scene.check(), "issuer_not_trusted", Severity::error));
}

TEST_CASE(
    "a root from Group Policy ends a chain where a store is the union of its locations, as in Windows") {
    const Location location = GENERATE(Location::group_policy, Location::enterprise);
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(ca_issued());
    scene.put(StoreName::trusted_publisher, ca_issued());
    scene.put(StoreName::root, ca().der, location);
    scene.put_policy_value(dword_value(1));
    scene.view = test::StoreView::union_of_locations;
    CHECK(exit_code(scene.check()) == 0);
    CHECK(codes(scene.check()).empty());
    scene.view = test::StoreView::machine_location; // as in Wine
    CHECK(has(scene.check(), "issuer_not_found", Severity::warning));
    scene.view = test::StoreView::union_of_locations;
    scene.put(StoreName::disallowed, ca().der, location);
    CHECK(has(scene.check(), "issuer_not_trusted", Severity::error));
}

TEST_CASE("threat 37: a certificate with any byte flipped and its pin recomputed never enters Root") {
    const Bytes good = test::self_signed({.key = test::ec()});
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes flipped = good;
        flipped[i] ^= std::byte{0x01};
        Scene scene;
        scene.pin(flipped);
        scene.publish(flipped);
        static_cast<void>(scene.repair());
        INFO("byte " << i);
        CHECK_FALSE(scene.holds(StoreName::root, flipped));
    }
}

TEST_CASE("the order of the certificates does not matter, and a plan after its application is empty") {
    const std::vector<Bytes> all{wsus(), ca_issued(), test::self_signed({.subject = "CN=Third"})};
    std::vector<std::size_t> order{0, 1, 2};
    std::optional<test::MemoryRegistry::Contents> first;
    do {
        Scene scene;
        for (const std::size_t i : order) {
            scene.pin(all[i]);
            scene.publish(all[i]);
        }
        static_cast<void>(scene.repair());
        CHECK(scene.what_if().changes.empty());
        auto contents = scene.registry.contents();
        std::erase_if(contents, [](const auto& key) { return key.second.name == "Status"; });
        if (!first) first = contents;
        CHECK(contents == *first);
    } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("an entry that is another certificate under the pinned one's key is written anew") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    const std::string key =
        certificates_key(StoreName::root, Location::machine) + "\\" + to_string(thumbprint_of(wsus()));
    REQUIRE(scene.registry.set(key, "Blob", binary_value(encode_blob(marked_entry(ca().der, false)))));
    CHECK(has(scene.check(), "entry_damaged", Severity::error));
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("an unreadable entry in Disallowed under the certificate's key still wins") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    const std::string key =
        certificates_key(StoreName::disallowed, Location::machine) + "\\" + to_string(thumbprint_of(wsus()));
    REQUIRE(scene.registry.set(key, "Blob", binary_value(as_byte_view("?"))));
    CHECK(has(scene.repair(), "disallowed", Severity::error));
    CHECK_FALSE(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("an entry in Disallowed under another name, where Windows still loads it, wins as well") {
    StoredCertificate hidden;
    const Thumbprint bogus{};
    hidden.elements = {{3, to_bytes(bogus.bytes)}, {0x20, wsus()}};
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    REQUIRE(scene.registry.set(certificates_key(StoreName::disallowed, Location::machine) + "\\" +
                                   to_string(bogus),
                               "Blob", binary_value(encode_blob(hidden))));
    CHECK(has(scene.repair(), "disallowed", Severity::error));
    CHECK_FALSE(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("bytes that are no certificate are not put into Disallowed") {
    const Bytes junk = to_bytes(as_byte_view("this is no certificate"));
    Scene scene;
    CertificateSettings& entry = scene.pin(junk);
    entry.state = CertificateState::distrusted;
    entry.der = junk;
    scene.put_policy_value(dword_value(1));
    const StatusReport report = scene.repair();
    CHECK(has(report, "distrust_incomplete", Severity::warning));
    CHECK(scene.observed().entries.empty());
}

TEST_CASE(
    "a distrusted certificate that hides under another name, where Windows still loads it, is removed") {
    StoredCertificate hidden;
    const Thumbprint bogus{};
    hidden.elements = {{3, to_bytes(bogus.bytes)}, {0x20, wsus()}};
    const std::string key = certificates_key(StoreName::root, Location::machine) + "\\" + to_string(bogus);
    Scene scene;
    REQUIRE(scene.registry.set(key, "Blob", binary_value(encode_blob(hidden))));
    scene.pin(wsus()).state = CertificateState::distrusted;
    CHECK(has(scene.check(), "distrusted_present", Severity::error));
    CHECK(exit_code(scene.repair()) == 0);
    CHECK_FALSE(scene.registry.list(key)->has_value());
    CHECK(scene.holds(StoreName::disallowed, wsus()));
}

TEST_CASE("a certificate under another name is not in place: it is added under its own") {
    StoredCertificate hidden;
    const Thumbprint bogus{};
    hidden.elements = {{3, to_bytes(bogus.bytes)}, {0x20, wsus()}};
    Scene scene;
    scene.pin(wsus());
    REQUIRE(scene.registry.set(certificates_key(StoreName::root, Location::machine) + "\\" + to_string(bogus),
                               "Blob", binary_value(encode_blob(hidden))));
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(scene.entry(StoreName::trusted_publisher, wsus()));
    CHECK(scene.registry.list(entry_key(StoreName::root, thumbprint_of(wsus())))->has_value());
}

TEST_CASE("what is in place and would be refused is an error") {
    Scene scene;
    scene.pin(ca().der);
    scene.put(StoreName::root, ca().der);
    scene.put(StoreName::trusted_publisher, ca().der);
    scene.put_policy_value(dword_value(1));
    const StatusReport report = scene.check();
    CHECK(has(report, "ca_certificate", Severity::error));
    CHECK(exit_code(report) == 6);
    CHECK(report.in_desired_state == false);
    CHECK(report.state == ComplianceState::non_compliant);
}

TEST_CASE("what is published and is no certificate is an error where it was needed") {
    Scene scene;
    scene.pin(wsus());
    scene.transport.publish(Scene::source_of(wsus()), to_bytes(as_byte_view("<html>log on</html>")));
    const StatusReport report = scene.repair();
    CHECK(has(report, "not_a_certificate", Severity::error));
    CHECK(exit_code(report) == 6);
    scene.put(StoreName::root, wsus());
    scene.put(StoreName::trusted_publisher, wsus());
    scene.settings.fetch.refresh.value = std::chrono::seconds{0};
    const StatusReport in_place = scene.check();
    CHECK(has(in_place, "not_a_certificate", Severity::warning));
    CHECK(exit_code(in_place) == 0);
}

TEST_CASE("what is wrong with an entry that is left as it is is told") {
    StoredCertificate for_servers;
    for_servers.elements = {
        {9, test::element(0x30, test::bytes({0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01}))},
        {0x20, wsus()}};
    Scene excluded;
    excluded.pin(wsus());
    excluded.put(StoreName::root, for_servers);
    CHECK(codes(excluded.check()).find("usage_excludes_code_signing") != std::string::npos);

    Scene in_root;
    in_root.pin(ca_issued());
    in_root.put(StoreName::root, ca_issued());
    CHECK(codes(in_root.check()).find("ca_issued_in_root") != std::string::npos);

    const Bytes all_purposes = test::self_signed({.usage = std::nullopt});
    Scene unlimited;
    unlimited.pin(all_purposes).allow.no_eku = true;
    unlimited.put(StoreName::root, all_purposes);
    CHECK(codes(unlimited.check()).find("root_not_restricted") != std::string::npos);
}

TEST_CASE("an entry of somebody else that the settings do not name is none of our business") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.put(StoreName::root, test::self_signed({.subject = "CN=Bystander"}));
    CHECK(codes(scene.repair()).empty());
}

TEST_CASE("where nothing applies a refused certificate is a warning") {
    Scene scene;
    scene.pin(ca().der).der = ca().der;
    scene.settings.only_with_wsus.value = true;
    const StatusReport report = scene.check();
    CHECK(has(report, "ca_certificate", Severity::warning));
    CHECK(exit_code(report) == 0);
}

TEST_CASE("what-if writes no history either") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    static_cast<void>(scene.what_if());
    CHECK(scene.registry.writes().empty());
    static_cast<void>(scene.check());
    CHECK_FALSE(scene.registry.writes().empty());
}

TEST_CASE("only what a CA issued has a chain to judge") {
    Scene scene;
    scene.pin(wsus()).der = wsus();
    CHECK(codes(scene.check()).find("issuer") == std::string::npos);
}

TEST_CASE("adopting makes what somebody placed ours, once, and undo then removes it") {
    Scene scene;
    scene.kind = GENERATE(EndpointKind::live, EndpointKind::image);
    const Bytes der = test::self_signed({.subject = "CN=Old WSUS", .usage = std::nullopt});
    CertificateSettings& entry = scene.pin(der);
    entry.allow.no_eku = true;
    scene.publish(der);
    for (const StoreName store : {StoreName::root, StoreName::trusted_publisher}) scene.put(store, der);
    scene.put_policy_value(dword_value(1));
    CHECK(codes(scene.repair()) == "root_not_restricted");
    CHECK(changes(scene.adopt(der, CycleKind::what_if)) ==
          "adoptCertificate Root planned; adoptCertificate TrustedPublisher planned");
    const StatusReport adopted = scene.adopt(der);
    CHECK(exit_code(adopted) == 0);
    CHECK(codes(adopted).empty());
    CHECK(changes(adopted) == "adoptCertificate Root done; adoptCertificate TrustedPublisher done");
    CHECK(scene.entry(StoreName::root, der)->ours());
    CHECK(scene.entry(StoreName::root, der)->limited_to_code_signing());
    CHECK_FALSE(scene.entry(StoreName::trusted_publisher, der)->has_usage_property());
    scene.registry.forget_writes();
    CHECK(scene.adopt(der).changes.empty());
    CHECK(exit_code(scene.adopt(der)) == 0);
    CHECK(exit_code(scene.undo()) == 0);
    CHECK_FALSE(scene.holds(StoreName::root, der));
    CHECK_FALSE(scene.holds(StoreName::trusted_publisher, der));
}

TEST_CASE("what may not be adopted ends with 8 and is left as it is, and the rest is repaired") {
    Scene scene;
    scene.pin(wsus()).der = wsus();
    REQUIRE(exit_code(scene.repair()) == 0);
    const Bytes other = test::self_signed({.subject = "CN=Other"});
    scene.put(StoreName::root, other);
    scene.put_policy_value(dword_value(0));
    const StatusReport report = scene.adopt(other);
    CHECK(exit_code(report) == 8);
    CHECK(codes(report, Severity::error) == "adoption_refused");
    CHECK(changes(report).starts_with("setPolicyValue"));
    CHECK_FALSE(scene.entry(StoreName::root, other)->ours());
}
