#include "common/rollout/candidate.h"

#include "tests/support/certificate_builder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

constexpr Exceptions everything{.expired = true, .no_eku = true, .ca_certificate = true};

Candidate judge(const Bytes& der, const Exceptions& allowed) {
    return judge_candidate(inspect_bytes(der, "wsus.cer", {}, test::reference_time), allowed,
                           test::reference_time);
}

} // namespace

TEST_CASE("a good certificate gets no exception, whatever is allowed") {
    const Candidate candidate = judge(test::self_signed(), everything);
    CHECK(candidate.inspection.admitted());
    CHECK(candidate.needed == Exceptions{});
}

TEST_CASE("an exception that is needed and allowed is written, and no other") {
    const Candidate candidate = judge(test::self_signed({.usage = std::nullopt}), everything);
    CHECK(candidate.inspection.admitted());
    CHECK(candidate.needed == Exceptions{.expired = false, .no_eku = true, .ca_certificate = false});
}

TEST_CASE("an exception that is needed and not allowed leaves the certificate refused") {
    const Candidate candidate = judge(test::self_signed({.usage = std::nullopt}),
                                      {.expired = true, .no_eku = false, .ca_certificate = true});
    REQUIRE(candidate.inspection.refusals.size() == 1);
    CHECK(candidate.inspection.refusals[0].code == ReasonCode::no_eku);
    CHECK(candidate.needed == Exceptions{});
}

TEST_CASE("no exception admits what is refused for another reason, too") {
    const Candidate candidate =
        judge(test::self_signed({.not_after = test::reference_time - std::chrono::days{2},
                                 .usage = "codeSigning,serverAuth"}),
              everything);
    REQUIRE(candidate.inspection.refusals.size() == 1);
    CHECK(candidate.inspection.refusals[0].code == ReasonCode::usage_too_broad);
    CHECK_FALSE(judge({}, everything).inspection.admitted());
}
