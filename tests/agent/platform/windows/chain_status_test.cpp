#include "agent/platform/windows/chain_status.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <cstdint>
#include <utility>
#include <windows.h>

#include <wincrypt.h>

using namespace wta::platform;

TEST_CASE("a chain without a flaw has none") {
    REQUIRE(flaw_of_trust_status(CERT_TRUST_NO_ERROR) == std::nullopt);
    REQUIRE(flaw_of_policy_error(0) == std::nullopt);
}

TEST_CASE("every bit of a chain's status is a flaw") {
    const auto bit = GENERATE(Catch::Generators::range(0, 32));
    CAPTURE(bit);
    REQUIRE(flaw_of_trust_status(std::uint32_t{1} << bit).has_value());
}

TEST_CASE("what stops a chain is called by its name") {
    const auto [status, flaw] =
        GENERATE(std::pair{std::uint32_t{CERT_TRUST_IS_EXPLICIT_DISTRUST}, ChainFlaw::distrusted},
                 std::pair{std::uint32_t{CERT_TRUST_IS_REVOKED}, ChainFlaw::revoked},
                 std::pair{std::uint32_t{CERT_TRUST_IS_NOT_SIGNATURE_VALID}, ChainFlaw::bad_signature},
                 std::pair{std::uint32_t{CERT_TRUST_IS_PARTIAL_CHAIN}, ChainFlaw::unknown_issuer},
                 std::pair{std::uint32_t{CERT_TRUST_IS_UNTRUSTED_ROOT}, ChainFlaw::untrusted_root},
                 std::pair{std::uint32_t{CERT_TRUST_HAS_WEAK_SIGNATURE}, ChainFlaw::weak_signature},
                 std::pair{std::uint32_t{CERT_TRUST_IS_NOT_VALID_FOR_USAGE}, ChainFlaw::wrong_usage},
                 std::pair{std::uint32_t{CERT_TRUST_IS_NOT_TIME_VALID}, ChainFlaw::outside_validity},
                 std::pair{std::uint32_t{CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT}, ChainFlaw::other},
                 std::pair{std::uint32_t{CERT_TRUST_INVALID_NAME_CONSTRAINTS}, ChainFlaw::other});
    CAPTURE(status);
    REQUIRE(flaw_of_trust_status(status) == flaw);
}

TEST_CASE("of several flaws the one that a wrong clock does not explain is named") {
    REQUIRE(flaw_of_trust_status(CERT_TRUST_IS_NOT_TIME_VALID | CERT_TRUST_IS_UNTRUSTED_ROOT) ==
            ChainFlaw::untrusted_root);
    REQUIRE(flaw_of_trust_status(CERT_TRUST_IS_NOT_TIME_VALID | CERT_TRUST_IS_CYCLIC) == ChainFlaw::other);
}

TEST_CASE("distrust outweighs everything") {
    REQUIRE(flaw_of_trust_status(~std::uint32_t{0}) == ChainFlaw::distrusted);
}

TEST_CASE("an answer of the policy for TLS is called by its name") {
    const auto [number, flaw] = GENERATE(std::pair{CERT_E_CN_NO_MATCH, ChainFlaw::host_mismatch},
                                         std::pair{CERT_E_EXPIRED, ChainFlaw::outside_validity},
                                         std::pair{CERT_E_UNTRUSTEDROOT, ChainFlaw::untrusted_root},
                                         std::pair{CERT_E_CHAINING, ChainFlaw::unknown_issuer},
                                         std::pair{CERT_E_WRONG_USAGE, ChainFlaw::wrong_usage},
                                         std::pair{CERT_E_PURPOSE, ChainFlaw::wrong_usage},
                                         std::pair{CERT_E_REVOKED, ChainFlaw::revoked},
                                         std::pair{CRYPT_E_REVOKED, ChainFlaw::revoked},
                                         std::pair{TRUST_E_CERT_SIGNATURE, ChainFlaw::bad_signature},
                                         std::pair{TRUST_E_EXPLICIT_DISTRUST, ChainFlaw::distrusted});
    CAPTURE(number);
    REQUIRE(flaw_of_policy_error(static_cast<std::uint32_t>(number)) == flaw);
}

TEST_CASE("an answer of the policy that nobody knows is a flaw") {
    const auto number = GENERATE(std::uint32_t{1}, std::uint32_t{0x800B01FF}, std::uint32_t{0x80000000});
    REQUIRE(flaw_of_policy_error(number) == ChainFlaw::other);
}
