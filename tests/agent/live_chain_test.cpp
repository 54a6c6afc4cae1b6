#include "agent/endpoint/live_chain.h"

#include "agent/endpoint/live_registry.h"
#include "common/trust/observed_state.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;

namespace {

// wincrypt.h
constexpr std::uint32_t not_time_valid = 0x1;
constexpr std::uint32_t not_time_nested = 0x2;
constexpr std::uint32_t revoked = 0x4;
constexpr std::uint32_t signature_invalid = 0x8;
constexpr std::uint32_t wrong_usage = 0x10;
constexpr std::uint32_t untrusted_root = 0x20;
constexpr std::uint32_t revocation_unknown = 0x40;
constexpr std::uint32_t partial_chain = 0x10000;
constexpr std::uint32_t weak_signature = 0x100000;
constexpr std::uint32_t revocation_offline = 0x1000000;
constexpr std::uint32_t no_issuance_policy = 0x2000000;
constexpr std::uint32_t explicit_distrust = 0x4000000;

// With an RSA key: Wine's engine sees no self-signed certificate in one with another key.
const Ca& the_ca() {
    static const Ca made = [] {
        const std::string subject = "CN=A CA that no machine has";
        const KeySpec key = labelled(rsa(), subject);
        return Ca{self_signed({.subject = subject,
                               .key = key,
                               .not_before = reference_time - std::chrono::days{3650},
                               .not_after = reference_time + std::chrono::days{3650},
                               .ca = true,
                               .key_usage = "keyCertSign,cRLSign",
                               .usage = std::nullopt}),
                  subject, key};
    }();
    return made;
}
Bytes leaf() { return issued_by(the_ca()); }

ChainVerdict judge(ByteView certificate, const ChainStores& stores = {}) {
    return judge_live_chain(certificate, stores, reference_time);
}

} // namespace

TEST_CASE("without a flaw the chain is trusted, whatever is not known of revocation") {
    CHECK(status_of_trust(0) == ChainStatus::trusted);
    CHECK(status_of_trust(revocation_unknown | revocation_offline) == ChainStatus::trusted);
    CHECK(status_of_trust(not_time_nested | no_issuance_policy) == ChainStatus::trusted);
    CHECK(describe_trust(revocation_unknown).empty());
}

TEST_CASE("a chain that only stops short may be completed later") {
    CHECK(status_of_trust(partial_chain) == ChainStatus::issuer_not_found);
    CHECK(status_of_trust(partial_chain | revocation_unknown | revocation_offline) ==
          ChainStatus::issuer_not_found);
}

TEST_CASE("every other flaw is distrust, also one that nobody knows and one of a partial chain") {
    for (unsigned bit = 0; bit < 32; ++bit) {
        const std::uint32_t flaw = std::uint32_t{1} << bit;
        const bool harmless = (flaw & (revocation_unknown | revocation_offline | not_time_nested |
                                       no_issuance_policy | partial_chain)) != 0;
        if (harmless) continue;
        INFO("bit " << bit);
        CHECK(status_of_trust(flaw) == ChainStatus::issuer_not_trusted);
        CHECK(status_of_trust(flaw | partial_chain) == ChainStatus::issuer_not_trusted);
        CHECK(!describe_trust(flaw).empty());
    }
}

TEST_CASE("of several flaws the gravest is named") {
    CHECK_THAT(describe_trust(untrusted_root | explicit_distrust), ContainsSubstring("distrusts"));
    CHECK_THAT(describe_trust(untrusted_root | not_time_valid),
               ContainsSubstring("neither Root nor AuthRoot"));
    CHECK_THAT(describe_trust(revoked | signature_invalid | weak_signature), ContainsSubstring("revoked"));
    CHECK_THAT(describe_trust(wrong_usage | not_time_valid), ContainsSubstring("Code Signing"));
    CHECK_THAT(describe_trust(0x80000000), ContainsSubstring("0x80000000"));
}

TEST_CASE("Windows: a chain whose issuer is nowhere is one that may be completed later") {
    const ChainVerdict verdict = judge(leaf());
    CHECK(verdict.status == ChainStatus::issuer_not_found);
    CHECK_THAT(verdict.detail, ContainsSubstring("CN = Contoso Update Publishing"));
}

TEST_CASE("Windows: a chain that ends in a root which is not in Root is not trusted") {
    const ChainVerdict verdict = judge(leaf(), {.intermediates = {the_ca().der}});
    CHECK(verdict.status == ChainStatus::issuer_not_trusted);
    CHECK_THAT(verdict.detail, ContainsSubstring("CN = A CA that no machine has"));
    CHECK_THAT(verdict.detail, ContainsSubstring("neither Root nor AuthRoot"));
}

TEST_CASE("Windows: being handed over as a root makes no root") {
    CHECK(judge(leaf(), {.roots = {the_ca().der}, .intermediates = {the_ca().der}}).status ==
          ChainStatus::issuer_not_trusted);
}

TEST_CASE("Windows: a chain through a distrusted certificate is not trusted, and says why") {
    const ChainVerdict verdict =
        judge(leaf(), {.intermediates = {the_ca().der}, .distrusted = {sha256_of(the_ca().der)}});
    CHECK(verdict.status == ChainStatus::issuer_not_trusted);
    CHECK_THAT(verdict.detail, ContainsSubstring("which is distrusted"));
}

TEST_CASE("Windows: an expired certificate, and one of the future, is judged inside its validity") {
    const auto [from, to] = GENERATE(std::pair(-400, -1), std::pair(1, 400));
    const Bytes other = issued_by(the_ca(), {.subject = "CN=Contoso Update Publishing",
                                             .not_before = reference_time + std::chrono::days{from},
                                             .not_after = reference_time + std::chrono::days{to}});
    CHECK(judge(other).status == ChainStatus::issuer_not_found);
}

TEST_CASE("Windows: a signature that its issuer did not make is a broken chain") {
    const Bytes forged = issued_by(the_ca(), {.subject = "CN=Contoso Update Publishing",
                                              .signed_with = labelled(rsa(), "somebody else")});
    CHECK(judge(forged, {.intermediates = {the_ca().der}}).status == ChainStatus::issuer_not_trusted);
}

TEST_CASE("Windows: what is no certificate is not trusted") {
    CHECK(judge(as_byte_view("no certificate")).status == ChainStatus::issuer_not_trusted);
    CHECK(judge({}).status == ChainStatus::issuer_not_trusted);
}

TEST_CASE("Windows: the machine's own roots end a chain") {
    LiveRegistry registry{LiveRoot{}};
    const ObservedState machine = observe(registry).value();
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const bool any = std::ranges::any_of(machine.entries, [&](const StoreEntry& entry) {
        return entry.store == StoreName::root && entry.stored &&
               judge_live_chain(entry.stored->der(), {}, now).status == ChainStatus::trusted;
    });
    CHECK(any);
}
