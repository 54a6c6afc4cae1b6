#include "common/certificate/placement.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using namespace wta::test;

namespace {

Placement placed(const Bytes& der, bool restrict_usage = true) {
    return place(parse_certificate(der).value(), restrict_usage);
}

} // namespace

TEST_CASE("a self-signed certificate belongs into Root and TrustedPublisher") {
    const auto placement = placed(self_signed());
    CHECK(placement.root);
    CHECK(placement.trusted_publisher);
    CHECK_FALSE(placement.limit_root_to_code_signing);
}

TEST_CASE("a CA-issued certificate never enters Root") {
    const auto placement =
        placed(issued_by(make_ca("CN=Contoso CA"), {.subject = "CN=Publisher", .usage = std::nullopt}));
    CHECK_FALSE(placement.root);
    CHECK(placement.trusted_publisher);
    CHECK_FALSE(placement.limit_root_to_code_signing);
}

TEST_CASE("a certificate that names itself as issuer but was signed by another key never enters Root") {
    CHECK_FALSE(placed(self_signed({.signed_with = labelled(rsa(), "attacker")})).root);
}

TEST_CASE("a certificate signed with its own key that names another issuer never enters Root") {
    CHECK_FALSE(placed(self_signed({.issuer = "CN=Somebody else"})).root);
}

TEST_CASE("what would be good for more than Code Signing is limited in Root") {
    CHECK(placed(self_signed({.usage = std::nullopt})).limit_root_to_code_signing);
    CHECK(placed(self_signed({.ca = true})).limit_root_to_code_signing);
    CHECK(placed(self_signed({.usage = "codeSigning,1.2.3.4"})).limit_root_to_code_signing);
    CHECK(placed(self_signed({.usage = "1.2.3.4"})).limit_root_to_code_signing);
}

TEST_CASE("restrict_usage false leaves the Root entry unlimited") {
    CHECK_FALSE(placed(self_signed({.usage = std::nullopt}), false).limit_root_to_code_signing);
    CHECK(placed(self_signed({.usage = std::nullopt}), false).root);
}
