#include "common/report/status_report.h"

#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

StatusReport with(std::initializer_list<ReasonCode> codes) {
    StatusReport report;
    report.in_desired_state = false;
    for (const ReasonCode code : codes)
        report.findings.push_back(to_report({.code = code, .severity = Severity::error}));
    return report;
}

} // namespace

TEST_CASE("the exit code is that of the first of 2, 3, 7, 9, 5, 8, 6, 4, 1 among the errors") {
    using enum ReasonCode;
    CHECK(exit_code(with({not_in_root})) == 1);
    CHECK(exit_code(with({not_in_root, publication_unreachable})) == 4);
    CHECK(exit_code(with({publication_unreachable, publication_changed})) == 6);
    CHECK(exit_code(with({publication_changed, change_failed})) == 8);
    CHECK(exit_code(with({change_failed, access_denied})) == 5);
    CHECK(exit_code(with({access_denied, image_damaged})) == 9);
    CHECK(exit_code(with({image_damaged, busy})) == 7);
    CHECK(exit_code(with({busy, settings_invalid})) == 3);
    CHECK(exit_code(with({settings_invalid, usage_error})) == 2);
}

TEST_CASE("an error never exits 0, whatever code it has and whatever was said before") {
    StatusReport report = with({ReasonCode::expires_soon});
    report.in_desired_state = true;
    CHECK(exit_code(report) == 1);
    report.findings[0].code = "code_of_a_later_version";
    CHECK(exit_code(report) == 1);
}

TEST_CASE("a note is told in visible characters") {
    DesiredState desired;
    DesiredCertificate certificate;
    certificate.note = "\x1b[31m";
    desired.certificates.push_back(certificate);
    StatusReport report;
    describe_states(report, desired, {}, {});
    CHECK(report.certificates.at(0).note == R"(\x1B[31m)");
}

TEST_CASE("warnings do not fail a run, and a run that observed nothing is not compliant") {
    CHECK(exit_code(test::compliant_report()) == 0);
    StatusReport warned = test::compliant_report();
    warned.findings.push_back(
        to_report({.code = ReasonCode::publication_changed, .severity = Severity::warning}));
    CHECK(exit_code(warned) == 0);
    CHECK(exit_code(StatusReport{}) == 1);
}

TEST_CASE("a policy value that is set says what it was, so that overwriting a 0 never goes unnoticed") {
    const auto detail_of = [](std::optional<RegistryValue> previous) {
        return to_report(Change{SetPolicyValue{PreviousPolicy{std::move(previous)}}}, Outcome::done, {})
            .detail;
    };
    CHECK(detail_of(dword_value(0)) == "AcceptTrustedPublisherCerts = REG_DWORD 1 (was REG_DWORD 0)");
    CHECK(detail_of(std::nullopt) == "AcceptTrustedPublisherCerts = REG_DWORD 1 (was absent)");
}

TEST_CASE("what is not right after distrust ends it with 8, and all that is worse keeps its own exit code") {
    using enum ReasonCode;
    StatusReport report = with({still_delivered_by_policy});
    CHECK(exit_code(report) == 1);
    report.command = "distrust";
    CHECK(exit_code(report) == 8);
    report.findings.push_back(to_report({.code = access_denied}));
    CHECK(exit_code(report) == 5);
    StatusReport done;
    done.command = "distrust";
    done.in_desired_state = true;
    CHECK(exit_code(done) == 0);
    done.in_desired_state = false;
    CHECK(exit_code(done) == 8);
}
