#include "common/trust/adoption.h"

#include "common/base/utf.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

const Bytes& plain() {
    static const Bytes der = test::self_signed();
    return der;
}

// Good for everything, so that its entry in Root gets a limit.
const Bytes& all_purposes() {
    static const Bytes der = test::self_signed({.subject = "CN=Old WSUS", .usage = std::nullopt});
    return der;
}

struct Case {
    Settings settings;
    std::vector<Obtained> obtained;
    ObservedState observed;

    CertificateSettings& trust(const Bytes& der) {
        CertificateSettings entry;
        entry.sha256 = sha256_of(der);
        entry.allow.no_eku = true;
        settings.certificates.push_back(entry);
        obtained.push_back({.der = der, .published = {}});
        return settings.certificates.back();
    }
    void put(StoreName store, const Bytes& der,
             const std::vector<StoredCertificate::Element>& properties = {},
             Location location = Location::machine) {
        StoredCertificate stored{properties};
        stored.elements.push_back({0x20, der});
        observed.entries.push_back({store, location, to_string(thumbprint_of(der)), stored, sha256_of(der)});
    }
    [[nodiscard]] Adoption adopt(const Bytes& der) const {
        const DesiredState desired = decide(settings, obtained, test::reference_time);
        return plan_adoption(sha256_of(der), desired, observed, plan_repair(desired, observed));
    }
};

AdoptCertificate adopting(StoreName store, const Bytes& der, bool limit) {
    return {store, sha256_of(der), thumbprint_of(der), limit};
}

std::string refusal(const Adoption& adoption) {
    REQUIRE(adoption.findings.size() == 1);
    CHECK(adoption.changes.empty());
    CHECK(adoption.findings.front().code == ReasonCode::adoption_refused);
    return adoption.findings.front().detail;
}

} // namespace

TEST_CASE("what somebody placed is adopted in both stores, and limited in Root where placement says so") {
    Case each;
    each.trust(all_purposes());
    each.put(StoreName::root, all_purposes());
    each.put(StoreName::trusted_publisher, all_purposes());
    const Adoption adoption = each.adopt(all_purposes());
    CHECK(adoption.findings.empty());
    CHECK(adoption.changes ==
          std::vector<Change>{adopting(StoreName::root, all_purposes(), true),
                              adopting(StoreName::trusted_publisher, all_purposes(), false)});
}

TEST_CASE("no limit is put on what is good for Code Signing alone, or where the settings turn it off") {
    Case each;
    each.trust(plain());
    each.trust(all_purposes()).restrict_usage = false;
    each.put(StoreName::root, plain());
    each.put(StoreName::root, all_purposes());
    CHECK(each.adopt(plain()).changes == std::vector<Change>{adopting(StoreName::root, plain(), false)});
    CHECK(each.adopt(all_purposes()).changes ==
          std::vector<Change>{adopting(StoreName::root, all_purposes(), false)});
}

TEST_CASE("what is ours and limited already is not adopted again, and what lacks its limit gets it") {
    Case each;
    each.trust(all_purposes());
    const StoredCertificate ours = marked_entry(all_purposes(), true);
    each.observed.entries.push_back({StoreName::root, Location::machine,
                                     to_string(thumbprint_of(all_purposes())), ours,
                                     sha256_of(all_purposes())});
    CHECK(each.adopt(all_purposes()).changes.empty());
    CHECK(each.adopt(all_purposes()).findings.empty());
    each.observed.entries.front().stored = marked_entry(all_purposes(), false);
    CHECK(each.adopt(all_purposes()).changes ==
          std::vector<Change>{adopting(StoreName::root, all_purposes(), true)});
}

TEST_CASE("only what the settings trust is adopted") {
    Case each;
    each.put(StoreName::root, plain());
    CHECK_THAT(refusal(each.adopt(plain())), ContainsSubstring("do not name"));
    each.trust(plain()).state = GENERATE(CertificateState::withdrawn, CertificateState::distrusted);
    CHECK_THAT(refusal(each.adopt(plain())), ContainsSubstring("do not trust"));
}

TEST_CASE("what was distrusted by hand is not adopted, whatever the settings say") {
    Case each;
    each.trust(plain());
    each.put(StoreName::root, plain());
    auto [settings, by_hand] = outrank(each.settings, {{sha256_of(plain()), {}, {}}});
    DesiredState desired = decide(settings, each.obtained, test::reference_time);
    desired.by_hand = by_hand;
    CHECK_THAT(refusal(plan_adoption(sha256_of(plain()), desired, each.observed, {})),
               ContainsSubstring("distrusted on this machine"));
}

TEST_CASE("only what is admitted is adopted, and the refusal says why it is not") {
    Case each;
    each.trust(all_purposes()).allow.no_eku = false;
    each.put(StoreName::root, all_purposes());
    CHECK_THAT(refusal(each.adopt(all_purposes())), ContainsSubstring("not admitted: "));
    each.settings.certificates.front().allow.no_eku = true;
    CHECK(each.adopt(all_purposes()).findings.empty());
}

TEST_CASE("what is in a Group Policy or enterprise location only is not ours to mark") {
    const Location location = GENERATE(Location::group_policy, Location::enterprise);
    Case each;
    each.trust(plain());
    each.put(StoreName::root, plain(), {}, location);
    each.put(StoreName::trusted_publisher, plain(), {}, location);
    CHECK_THAT(refusal(each.adopt(plain())), ContainsSubstring(std::string(to_string(location))));
    each.put(StoreName::root, plain());
    CHECK(each.adopt(plain()).changes == std::vector<Change>{adopting(StoreName::root, plain(), false)});
}

TEST_CASE("what is nowhere is refused, unless the same repair places it, which makes it ours") {
    Case each;
    each.trust(plain());
    CHECK(each.adopt(plain()).findings.empty());
    CHECK(each.adopt(plain()).changes.empty());
    each.put(StoreName::disallowed, plain());
    CHECK_THAT(refusal(each.adopt(plain())), ContainsSubstring("No store"));
}

TEST_CASE("a CA-issued certificate is adopted where it belongs, and its entry in Root is left to its owner") {
    const Bytes leaf = test::issued_by(test::make_ca("CN=Contoso Root CA"));
    Case each;
    each.trust(leaf);
    each.put(StoreName::root, leaf);
    each.put(StoreName::trusted_publisher, leaf);
    CHECK(each.adopt(leaf).changes ==
          std::vector<Change>{adopting(StoreName::trusted_publisher, leaf, false)});
}

TEST_CASE("an entry under a name that is not its own is not adopted: repair places another one") {
    Case each;
    each.trust(plain());
    const Thumbprint name = thumbprint_of(all_purposes());
    each.put(StoreName::root, plain(), {{3, to_bytes(name.bytes)}});
    each.observed.entries.back().key_name = to_string(name);
    CHECK(each.adopt(plain()).changes.empty());
}
