#include "common/certificate/chain.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using namespace wta::test;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

ChainVerdict judged(const Bytes& leaf, const ChainStores& stores, Timestamp now = reference_time) {
    return judge_chain(leaf, stores, now);
}

struct Hierarchy {
    Ca root = make_ca("CN=Contoso Root");
    Ca issuing = make_ca("CN=Contoso Issuing CA", &root);
    Bytes leaf = issued_by(issuing, {.subject = "CN=Contoso Update Publishing", .key = ec()});
};

} // namespace

TEST_CASE("a chain to a root in Root is trusted and names the root") {
    const Hierarchy h;
    const auto verdict = judged(h.leaf, {.roots = {h.root.der}, .intermediates = {h.issuing.der}});
    CHECK(verdict.status == ChainStatus::trusted);
    CHECK(contains(verdict.detail, "CN = Contoso Root"));
    const Bytes direct = issued_by(h.root, {.subject = "CN=P", .key = ec()});
    CHECK(judged(direct, {.roots = {h.root.der}}).status == ChainStatus::trusted);
}

TEST_CASE("an intermediate may lie in Root, among other certificates and bytes that are none") {
    const Hierarchy h;
    const Bytes junk = bytes({0x30, 0x03, 0x01});
    const Bytes with_trailing = joined({h.root.der, bytes({0})});
    CHECK(judged(h.leaf, {.roots = {junk, {}, make_ca("CN=Other Root").der, h.issuing.der, h.root.der},
                          .intermediates = {junk, make_ca("CN=Another Root").der}})
              .status == ChainStatus::trusted);
    CHECK(judged(h.leaf, {.roots = {with_trailing}, .intermediates = {h.issuing.der}}).status ==
          ChainStatus::issuer_not_found);
}

TEST_CASE("a chain that stops at an issuer that is not here names what lacks its issuer") {
    const Hierarchy h;
    const auto nothing = judged(h.leaf, {});
    CHECK(nothing.status == ChainStatus::issuer_not_found);
    CHECK(contains(nothing.detail, "CN = Contoso Update Publishing"));
    const auto half = judged(h.leaf, {.intermediates = {h.issuing.der}});
    CHECK(half.status == ChainStatus::issuer_not_found);
    CHECK(contains(half.detail, "CN = Contoso Issuing CA"));
    CHECK(judged(h.leaf, {.roots = {h.root.der}}).status == ChainStatus::issuer_not_found);
}

TEST_CASE("a self-signed issuer outside Root is not trusted") {
    const Hierarchy h;
    const auto verdict = judged(h.leaf, {.intermediates = {h.issuing.der, h.root.der}});
    CHECK(verdict.status == ChainStatus::issuer_not_trusted);
    CHECK(contains(verdict.detail, "CN = Contoso Root"));
}

TEST_CASE("a certificate in Root that somebody else issued is no end of a chain") {
    const Hierarchy h;
    CHECK(judged(h.leaf, {.roots = {h.issuing.der}}).status == ChainStatus::issuer_not_found);
    CHECK(judged(h.leaf, {.roots = {h.leaf}}).status == ChainStatus::issuer_not_found);
}

TEST_CASE("a certificate in Root that only claims to have issued itself is no end of a chain") {
    const Ca real = make_ca("CN=Contoso Root");
    const Ca pretender{
        make_ca("CN=Contoso Root", nullptr, {.signed_with = labelled(ec(), "somebody else")}).der,
        real.subject, real.key};
    const Bytes leaf = issued_by(pretender, {.subject = "CN=P", .key = ec()});
    CHECK(judged(leaf, {.roots = {pretender.der}}).status != ChainStatus::trusted);
}

TEST_CASE("a distrusted certificate in the chain makes it untrusted and is named") {
    const Hierarchy h;
    const auto issuing = judged(h.leaf, {{h.root.der}, {h.issuing.der}, {sha256_of(h.issuing.der)}});
    CHECK(issuing.status == ChainStatus::issuer_not_trusted);
    CHECK(contains(issuing.detail, "CN = Contoso Issuing CA"));
    CHECK(contains(issuing.detail, "distrusted"));
    const auto root = judged(h.leaf, {{h.root.der}, {h.issuing.der}, {sha256_of(h.root.der)}});
    CHECK(root.status == ChainStatus::issuer_not_trusted);
    CHECK(contains(root.detail, "CN = Contoso Root"));
}

TEST_CASE("a distrusted issuer counts although the chain stops short") {
    const Hierarchy h;
    CHECK(judged(h.leaf, {{}, {h.issuing.der}, {sha256_of(h.issuing.der)}}).status ==
          ChainStatus::issuer_not_trusted);
}

TEST_CASE("whether the leaf itself is distrusted is not the chain's business") {
    const Hierarchy h;
    CHECK(judged(h.leaf, {{h.root.der}, {h.issuing.der}, {sha256_of(h.leaf)}}).status ==
          ChainStatus::trusted);
    CHECK(judged(h.leaf, {{}, {h.issuing.der}, {sha256_of(h.leaf)}}).status == ChainStatus::issuer_not_found);
}

TEST_CASE("another way to a trusted root counts when one is distrusted") {
    const Hierarchy h;
    const Ca other_root = make_ca("CN=Other Root");
    const Ca cross = make_ca("CN=Contoso Issuing CA", &other_root);
    const ChainStores stores{
        {h.root.der, other_root.der}, {h.issuing.der, cross.der}, {sha256_of(h.issuing.der)}};
    const auto verdict = judged(h.leaf, stores);
    CHECK(verdict.status == ChainStatus::trusted);
    CHECK(contains(verdict.detail, "CN = Other Root"));
}

TEST_CASE("of a renewed CA the key that made the signature counts") {
    Ca old_ca = make_ca("CN=Contoso Root");
    const Bytes renewed = self_signed({.subject = old_ca.subject,
                                       .key = labelled(ec(), "renewed"),
                                       .ca = true,
                                       .key_usage = "keyCertSign",
                                       .usage = std::nullopt});
    const Bytes leaf = issued_by(old_ca, {.subject = "CN=P", .key = ec()});
    CHECK(judged(leaf, {.roots = {renewed, old_ca.der}}).status == ChainStatus::trusted);
    CHECK(judged(leaf, {.roots = {old_ca.der, renewed}}).status == ChainStatus::trusted);
}

TEST_CASE("a signature that the issuer did not make breaks the chain") {
    const Hierarchy h;
    const Bytes forged =
        issued_by(h.root, {.subject = "CN=P", .key = ec(), .signed_with = labelled(ec(), "attacker")});
    const auto verdict = judged(forged, {.roots = {h.root.der}});
    CHECK(verdict.status == ChainStatus::issuer_not_trusted);
    CHECK(contains(verdict.detail, "signature"));
}

TEST_CASE("a certificate that is no CA issues nothing") {
    const Hierarchy h;
    const Ca no_ca{h.leaf, "CN=Contoso Update Publishing", ec()};
    const Bytes leaf = issued_by(no_ca, {.subject = "CN=P", .key = labelled(ec(), "second")});
    CHECK(judged(leaf, {.roots = {h.root.der}, .intermediates = {h.issuing.der, h.leaf}}).status !=
          ChainStatus::trusted);
}

TEST_CASE("the chain of an expired leaf is judged inside its validity, that of a future one at its start") {
    const Ca root = make_ca("CN=Contoso Root");
    const Bytes leaf = issued_by(root, {.subject = "CN=P", .key = ec()});
    CHECK(judged(leaf, {.roots = {root.der}}, reference_time + std::chrono::days{20 * 365}).status ==
          ChainStatus::trusted);
    CHECK(judged(leaf, {.roots = {root.der}}, reference_time - std::chrono::days{9 * 365}).status ==
          ChainStatus::trusted);
}

TEST_CASE("an issuer that is expired inside the leaf's validity breaks the chain") {
    const Ca root = make_ca("CN=Contoso Root", nullptr, {.not_after = reference_time - std::chrono::days{1}});
    const Bytes leaf = issued_by(root, {.subject = "CN=P", .key = ec()});
    const auto verdict = judged(leaf, {.roots = {root.der}});
    CHECK(verdict.status == ChainStatus::issuer_not_trusted);
    CHECK(contains(verdict.detail, "expired"));
    CHECK(judged(leaf, {.roots = {root.der}}, reference_time - std::chrono::days{2}).status ==
          ChainStatus::trusted);
}

TEST_CASE("usages are not the chain's business") {
    const Ca root = make_ca("CN=Contoso Root");
    CHECK(judged(issued_by(
                     root,
                     {.subject = "CN=P", .key = ec(), .key_usage = "keyEncipherment", .usage = "serverAuth"}),
                 {.roots = {root.der}})
              .status == ChainStatus::trusted);
}

TEST_CASE("an old root with a weak key and hash is this machine's decision") {
    Ca root{self_signed({.subject = "CN=Old Root",
                         .key = rsa(1024),
                         .ca = true,
                         .key_usage = "keyCertSign",
                         .usage = std::nullopt,
                         .hash = "MD5"}),
            "CN=Old Root", rsa(1024)};
    CHECK(judged(issued_by(root, {.subject = "CN=P", .key = ec(), .hash = "SHA1"}), {.roots = {root.der}})
              .status == ChainStatus::trusted);
}

TEST_CASE("a self-signed leaf is trusted in Root and nowhere else") {
    const Bytes leaf = self_signed();
    CHECK(judged(leaf, {.roots = {leaf}}).status == ChainStatus::trusted);
    CHECK(judged(leaf, {}).status == ChainStatus::issuer_not_trusted);
    CHECK(judged(leaf, {.intermediates = {leaf}}).status == ChainStatus::issuer_not_trusted);
}

TEST_CASE("a leaf that cannot be read is not trusted") {
    CHECK(judged({}, {}).status == ChainStatus::issuer_not_trusted);
    CHECK(judged(bytes({0x30, 0x00}), {}).status == ChainStatus::issuer_not_trusted);
    const Bytes leaf = self_signed();
    CHECK(judged(joined({leaf, bytes({0})}), {.roots = {leaf}}).status == ChainStatus::issuer_not_trusted);
}

TEST_CASE("an issuer whose curve is spelled out in its key is trusted nowhere") {
    const Bytes root = self_signed({.subject = "CN=Spelled out",
                                    .key = explicit_ec(),
                                    .ca = true,
                                    .key_usage = "keyCertSign",
                                    .usage = std::nullopt});
    const Bytes leaf = issued_by(Ca{root, "CN=Spelled out", explicit_ec()}, {.subject = "CN=P", .key = ec()});
    CHECK(judged(leaf, {.roots = {root}}).status == ChainStatus::issuer_not_trusted);
}

TEST_CASE("a chain is followed through some dozens of certificates, not through thousands") {
    const auto status_through = [](int intermediates) {
        const Ca root = make_ca("CN=Root");
        Ca issuer = root;
        ChainStores stores{.roots = {root.der}};
        for (int i = 0; i < intermediates; ++i) {
            issuer = make_ca("CN=Intermediate " + std::to_string(i), &issuer);
            stores.intermediates.push_back(issuer.der);
        }
        return judged(issued_by(issuer, {.subject = "CN=P", .key = ec()}), stores).status;
    };
    CHECK(status_through(60) == ChainStatus::trusted);
    CHECK(status_through(70) == ChainStatus::issuer_not_found);
}

TEST_CASE("CAs that issued each other in a circle end the search") {
    const Ca a = make_ca("CN=A");
    const Ca b = make_ca("CN=B", &a);
    const Ca a_by_b = make_ca("CN=A", &b);
    const Bytes leaf = issued_by(b, {.subject = "CN=P", .key = ec()});
    CHECK(judged(leaf, {.intermediates = {b.der, a_by_b.der}}).status == ChainStatus::issuer_not_found);
}
