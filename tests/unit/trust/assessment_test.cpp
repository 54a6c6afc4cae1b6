#include "common/trust/assessment.h"

#include "common/report/codes.h"
#include "tests/support/certificate_builder.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::reference_time;

namespace {

const Bytes& wsus() {
    static const Bytes der = test::self_signed();
    return der;
}

const Bytes& issued() {
    static const Bytes der = test::issued_by(test::make_ca("CN=Contoso CA"));
    return der;
}

StoreEntry entry_of(StoreName store, const Bytes& der, bool marked = false,
                    Location location = Location::machine) {
    StoredCertificate stored = marked_entry(der, false);
    if (!marked)
        std::erase_if(stored.elements, [](const auto& element) { return element.property_id == 11; });
    return {store, location, to_string(thumbprint_of(der)), stored, sha256_of(der)};
}

// Settings that trust one certificate, what could be had for it, and a machine where everything is right.
struct Case {
    Settings settings;
    Obtained obtained;
    ObservedState observed;

    explicit Case(const Bytes& der, CertificateState state = CertificateState::trusted) {
        CertificateSettings entry;
        entry.sha256 = sha256_of(der);
        entry.state = state;
        settings.certificates.push_back(entry);
        obtained.der = der;
        observed.policy_value = dword_value(1);
        observed.intranet_update_service = true;
    }

    CertificateSettings& entry() { return settings.certificates.front(); }

    [[nodiscard]] std::vector<Finding> findings(Timestamp now = reference_time) const {
        return assess(decide(settings, {obtained}, now), observed, now);
    }
};

// "code:error", in order.
std::vector<std::string> told(const std::vector<Finding>& findings) {
    std::vector<std::string> texts;
    for (const Finding& finding : findings) {
        const Severity severity = finding.severity.value_or(info(finding.code).severity);
        texts.push_back(std::string(info(finding.code).name) + (severity == Severity::error     ? ":error"
                                                                : severity == Severity::warning ? ":warning"
                                                                                                : ""));
    }
    return texts;
}

using Told = std::vector<std::string>;

Finding find(const std::vector<Finding>& findings, ReasonCode code) {
    const auto found = std::ranges::find(findings, code, &Finding::code);
    REQUIRE(found != findings.end());
    return *found;
}

} // namespace

TEST_CASE("a machine where everything is right has no findings") {
    Case self_signed(wsus());
    self_signed.observed.entries = {entry_of(StoreName::root, wsus()),
                                    entry_of(StoreName::trusted_publisher, wsus())};
    CHECK(told(self_signed.findings()).empty());
    Case by_ca(issued());
    by_ca.observed.entries = {entry_of(StoreName::trusted_publisher, issued())};
    by_ca.observed.chains[sha256_of(issued())] = {ChainStatus::trusted, {}};
    CHECK(told(by_ca.findings()).empty());
}

TEST_CASE("where the settings do not apply, what is missing is a warning at most and nothing of the policy "
          "value is "
          "told") {
    Case each(wsus());
    each.settings.only_with_wsus.value = true;
    each.observed.intranet_update_service = false;
    each.observed.policy_value.reset();
    each.obtained.der.reset();
    each.obtained.published.asked = true;
    CHECK(told(each.findings()) == Told{"publication_unreachable:warning", "no_intranet_update_service"});
    each.observed.entries = {entry_of(StoreName::disallowed, wsus())};
    CHECK(told(each.findings()) ==
          Told{"publication_unreachable:warning", "disallowed:warning", "no_intranet_update_service"});
}

TEST_CASE("every place where a certificate is disallowed is named") {
    Case each(wsus());
    for (const Location location : all_locations)
        each.observed.entries.push_back(entry_of(StoreName::disallowed, wsus(), false, location));
    CHECK(find(each.findings(), ReasonCode::disallowed).actual ==
          "Disallowed, Disallowed (groupPolicy), Disallowed (enterprise)");
}

TEST_CASE("an unpinned certificate that the settings carry is told with its digest") {
    Case each(wsus());
    each.entry().sha256.reset();
    each.entry().der = wsus();
    const Finding finding = find(each.findings(), ReasonCode::not_pinned);
    CHECK(finding.detail.find("carries has sha256 " + to_string(sha256_of(wsus()))) != std::string::npos);
}

TEST_CASE(
    "what a source gave instead of one certificate is an error while it is needed, and a warning when it is "
    "not") {
    Case each(wsus());
    each.obtained.published.asked = true;
    each.obtained.published.problems = {{"https://a", {ReasonCode::pfx_container, "A PFX."}},
                                        {"https://b", {ReasonCode::bare_base64, "Base64."}},
                                        {"https://c", {ReasonCode::empty_input, "Nothing."}},
                                        {"https://d", {ReasonCode::tls_unknown_issuer, "Unknown."}}};
    each.obtained.der.reset();
    CHECK(told(each.findings()) == Told{"pfx_container:error", "bare_base64:error", "empty_input:error",
                                        "tls_unknown_issuer:warning"});
    each.obtained.der = wsus();
    each.observed.entries = {entry_of(StoreName::root, wsus()),
                             entry_of(StoreName::trusted_publisher, wsus())};
    CHECK(told(each.findings()) == Told{"pfx_container:warning", "bare_base64:warning", "empty_input:warning",
                                        "tls_unknown_issuer:warning"});
}

TEST_CASE("a certificate that is missing and has no source is told as that") {
    Case each(wsus());
    each.obtained.der.reset();
    each.obtained.published.asked = true;
    CHECK(find(each.findings(), ReasonCode::publication_unreachable).detail.find("no source") !=
          std::string::npos);
}

TEST_CASE("a self-signed certificate with SHA-1 is a warning") {
    const Bytes der = test::self_signed({.hash = "SHA1"});
    Case each(der);
    each.observed.entries = {entry_of(StoreName::root, der), entry_of(StoreName::trusted_publisher, der)};
    CHECK(told(each.findings()) == Told{"sha1_signature:warning"});
}

TEST_CASE("an entry that somebody limited to other purposes does not help, unless a copy elsewhere does") {
    Case each(wsus());
    StoreEntry other = entry_of(StoreName::root, wsus());
    // serverAuth, where Code Signing should be.
    other.stored->elements.insert(
        other.stored->elements.begin(),
        {9, test::element(0x30, test::element(0x06, test::bytes({0x2B, 6, 1, 5, 5, 7, 3, 1})))});
    each.observed.entries = {other, entry_of(StoreName::trusted_publisher, wsus())};
    CHECK(told(each.findings()) == Told{"usage_excludes_code_signing:error"});
    each.observed.entries.push_back(entry_of(StoreName::root, wsus(), false, Location::group_policy));
    CHECK(told(each.findings()).empty());
}

TEST_CASE(
    "a CA-issued certificate in Root is told, and what is good for everything and unlimited there as well") {
    Case by_ca(issued());
    by_ca.observed.entries = {entry_of(StoreName::root, issued()),
                              entry_of(StoreName::trusted_publisher, issued())};
    CHECK(told(by_ca.findings()) == Told{"ca_issued_in_root:warning"});

    const Bytes all_purposes = test::self_signed({.usage = std::nullopt});
    Case each(all_purposes);
    each.entry().allow.no_eku = true;
    each.observed.entries = {entry_of(StoreName::root, all_purposes),
                             entry_of(StoreName::trusted_publisher, all_purposes)};
    CHECK(told(each.findings()) == Told{"root_not_restricted:warning"});
    each.entry().restrict_usage = false;
    CHECK(told(each.findings()).empty());
}

TEST_CASE("a distrusted certificate whose source publishes another one is told so, and that it is not in "
          "Disallowed") {
    Case each(wsus(), CertificateState::distrusted);
    each.obtained.published.others = {{"https://pki.example.com/x", sha256_of(issued())}};
    CHECK(told(each.findings()) == Told{"publication_changed:warning", "not_in_disallowed:error"});
    each.observed.entries = {entry_of(StoreName::disallowed, wsus())};
    CHECK(told(each.findings()).empty());
}

TEST_CASE(
    "what is ours and no longer named is told once, however often it is there; what is not ours is not") {
    Case each(issued());
    each.observed.entries = {entry_of(StoreName::trusted_publisher, issued(), true),
                             entry_of(StoreName::root, wsus(), true),
                             entry_of(StoreName::trusted_publisher, wsus(), true),
                             entry_of(StoreName::root, test::self_signed({.subject = "CN=Theirs"}))};
    each.observed.chains[sha256_of(issued())] = {ChainStatus::trusted, {}};
    CHECK(told(each.findings()) == Told{"no_longer_configured:warning"});
    CHECK(each.findings().front().actual == "in Root and TrustedPublisher");
}

TEST_CASE(
    "a policy value that the settings leave alone is info when it is right and a warning when it is not") {
    Case each(wsus());
    each.observed.entries = {entry_of(StoreName::root, wsus()),
                             entry_of(StoreName::trusted_publisher, wsus())};
    each.settings.accept_trusted_publisher_certs.value = false;
    CHECK(told(each.findings()) == Told{"policy_not_managed"});
    each.observed.policy_value = dword_value(0);
    CHECK(told(each.findings()) == Told{"policy_not_managed:warning"});
}

TEST_CASE("each wrong policy value has a code of its own") {
    Case each(wsus());
    each.observed.entries = {entry_of(StoreName::root, wsus()),
                             entry_of(StoreName::trusted_publisher, wsus())};
    each.observed.policy_value.reset();
    CHECK(told(each.findings()) == Told{"policy_missing:error"});
    each.observed.policy_value = string_value("1");
    CHECK(told(each.findings()) == Told{"policy_wrong_type:error"});
    each.observed.policy_value = dword_value(0);
    CHECK(told(each.findings()) == Told{"policy_disabled:error"});
    each.observed.policy_value = dword_value(2);
    CHECK(told(each.findings()) == Told{"policy_wrong_value:error"});
}

TEST_CASE("a 0 that management sets is told with its owner, unless the settings override that") {
    Case each(wsus());
    each.observed.entries = {entry_of(StoreName::root, wsus()),
                             entry_of(StoreName::trusted_publisher, wsus())};
    each.observed.policy_value = dword_value(0);
    for (const Owner owner : {Owner::domain_group_policy, Owner::mdm, Owner::config_mgr}) {
        each.observed.policy_owner = owner;
        each.settings.override_owner.value = false;
        CHECK(told(each.findings()) == Told{"policy_set_elsewhere:error"});
        const Finding finding = find(each.findings(), ReasonCode::policy_set_elsewhere);
        CHECK(finding.owner == to_string(owner));
        CHECK(finding.detail.contains(describe(owner)));
        each.settings.override_owner.value = true;
        CHECK(told(each.findings()) == Told{"policy_disabled:error"});
        CHECK(find(each.findings(), ReasonCode::policy_disabled).owner == to_string(owner));
    }
    each.settings.override_owner.value = false;
    for (const Owner owner : {Owner::unknown, Owner::self, Owner::local_group_policy}) {
        each.observed.policy_owner = owner;
        CHECK(told(each.findings()) == Told{"policy_disabled:error"});
    }
    each.observed.policy_owner_hidden = true;
    each.observed.policy_owner = Owner::local_group_policy; // known all the same
    CHECK(told(each.findings()) == Told{"policy_disabled:error"});
    each.observed.policy_owner = Owner::unknown;
    CHECK(told(each.findings()) == Told{"policy_set_elsewhere:error"});
    CHECK(find(each.findings(), ReasonCode::policy_set_elsewhere).detail.contains("ntuser.pol"));
    each.observed.policy_value = dword_value(7); // nobody's decision
    CHECK(told(each.findings()) == Told{"policy_wrong_value:error"});
    each.observed.policy_owner = Owner::domain_group_policy;
    each.observed.policy_value = string_value("0"); // Windows Update does not read it as a 0
    CHECK(told(each.findings()) == Told{"policy_wrong_type:error"});
    each.observed.policy_value.reset();
    CHECK(told(each.findings()) == Told{"policy_missing:error"});
}

TEST_CASE("an absent policy value has no owner that is worth a word, unless a policy removes it") {
    Case each(wsus());
    each.observed.policy_value.reset();
    CHECK(find(each.findings(), ReasonCode::policy_missing).owner.empty());
    each.observed.policy_owner = Owner::local_group_policy;
    CHECK(find(each.findings(), ReasonCode::policy_missing).owner == "localGroupPolicy");
}

TEST_CASE("the owner of a certificate that should not be there is told") {
    Case each(wsus(), CertificateState::withdrawn);
    const auto owner_at = [&each](Location location, bool ours) {
        each.observed.entries = {entry_of(StoreName::root, wsus(), ours, location)};
        return each.findings().front().owner;
    };
    CHECK(owner_at(Location::machine, true) == "self");
    CHECK(owner_at(Location::machine, false) == "unknown");
    CHECK(owner_at(Location::group_policy, false) == "groupPolicy");
    CHECK(owner_at(Location::enterprise, false) == "enterprise");

    Case blocked(wsus());
    blocked.observed.entries = {entry_of(StoreName::disallowed, wsus(), false, Location::group_policy)};
    CHECK(find(blocked.findings(), ReasonCode::disallowed).owner == "groupPolicy");
    blocked.observed.entries.push_back(entry_of(StoreName::disallowed, wsus()));
    CHECK(find(blocked.findings(), ReasonCode::disallowed).owner == "unknown"); // one of each
}

TEST_CASE("what else decides about publishers and roots is told with its value and makes nothing wrong") {
    Case each(wsus());
    each.observed.entries = {entry_of(StoreName::root, wsus()),
                             entry_of(StoreName::trusted_publisher, wsus())};
    TrustLimits& limits = each.observed.limits;
    limits = {.authenticode_by_policy = 0xFFFF'FCFD, .protected_roots = 0xFFFF'FFF7}; // every other flag
    CHECK(told(each.findings()).empty());
    limits = {.authenticode_by_policy = 0x2,
              .authenticode_of_machine = 0x102,
              .protected_roots = 0x8,
              .root_update_disabled = true};
    CHECK(told(each.findings()) == Told{"publishers_limited:warning", "publishers_limited:warning",
                                        "publisher_revocation_checked", "machine_roots_limited",
                                        "root_update_disabled"});
    CHECK(each.findings()[0].actual == "0x2 (by policy)");
    CHECK(each.findings()[2].actual == "0x102 (of the machine)");
    limits = {.authenticode_by_policy = 0x200};
    CHECK(told(each.findings()) == Told{"publisher_revocation_checked"});
}
