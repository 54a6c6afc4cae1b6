#include "common/certificate/usage.h"
#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using namespace wta::test;

namespace {

const auto code_signing = bytes({0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03});
const auto server_authentication = bytes({0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01});

using Oids = std::vector<std::string>;

} // namespace

TEST_CASE("usages have the names that Windows shows, unknown ones stay dotted") {
    CHECK(usage_name("1.3.6.1.5.5.7.3.3") == "Code Signing");
    CHECK(usage_name("1.3.6.1.5.5.7.3.1") == "Server Authentication");
    CHECK(usage_name("1.2.3.4") == "1.2.3.4");
    CHECK(usage_name("") == "");
}

TEST_CASE("usages are read in order") {
    CHECK(decode_usages(element(0x30, joined({server_authentication, code_signing}))) ==
          Oids{"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.3"});
    CHECK(decode_usages(element(0x30, {})) == Oids{});
}

TEST_CASE("usages that are not one DER sequence of identifiers are none") {
    const Bytes good = element(0x30, code_signing);
    CHECK_FALSE(decode_usages({}));
    CHECK_FALSE(decode_usages(ByteView(good).first(good.size() - 1)));
    CHECK_FALSE(decode_usages(joined({good, bytes({0x00})})));
    CHECK_FALSE(decode_usages(joined({good, good})));
    CHECK_FALSE(decode_usages(code_signing));
    CHECK_FALSE(decode_usages(indefinite_element(0x30, code_signing)));
    CHECK_FALSE(decode_usages(element(0x30, bytes({0x04, 0x01, 0x00}))));
}

TEST_CASE("an identifier of absurd length makes usages unreadable") {
    Bytes arcs(500, std::byte{0x81});
    arcs.push_back(std::byte{0x01});
    CHECK_FALSE(decode_usages(element(0x30, element(0x06, arcs))));
    CHECK_FALSE(decode_application_policies(element(0x30, element(0x30, element(0x06, arcs)))));
}

TEST_CASE("application policies are read from the form of certificate policies") {
    const Bytes policy = element(0x30, code_signing);
    CHECK(
        decode_application_policies(element(0x30, joined({policy, element(0x30, server_authentication)}))) ==
        Oids{"1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.1"});
    CHECK_FALSE(decode_application_policies(policy));
    CHECK_FALSE(decode_application_policies(joined({element(0x30, policy), bytes({0x00})})));
    CHECK_FALSE(decode_application_policies({}));
}
