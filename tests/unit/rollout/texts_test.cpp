#include "common/rollout/texts.h"

#include "common/base/utf.h"
#include "common/rollout/entries.h"
#include "tests/support/sample_rollout.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

// Of files for Windows' editors; a line of text is one that can be seen.
void check_lines(std::string_view text) {
    REQUIRE(text.ends_with("\r\n"));
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        const std::string line(text.substr(0, end));
        CHECK(printable(line, 100'000) == line);
        text.remove_prefix(end + 2);
    }
}

} // namespace

TEST_CASE("what people read names every certificate, its digests, its stores and its exceptions") {
    const Rollout rollout = test::sample_rollout("CHG0012345");
    for (const std::string& text : {readme_text(rollout), change_ticket_text(rollout)}) {
        check_lines(text);
        for (const RolloutCertificate& one : rollout.certificates) {
            CHECK_THAT(text, ContainsSubstring("subject     " + one.certificate.subject + "\r\n"));
            CHECK_THAT(text, ContainsSubstring("SHA-256     " + to_string(one.certificate.sha256) + "\r\n"));
            CHECK_THAT(text, ContainsSubstring("thumbprint  " + to_string(one.certificate.thumbprint)));
        }
        CHECK_THAT(text, ContainsSubstring("goes into   Trusted Publishers and Trusted Root\r\n"));
        CHECK_THAT(text, ContainsSubstring("goes into   Trusted Publishers (it is issued by a CA"));
        CHECK_THAT(text, ContainsSubstring("where it counts for Code Signing only\r\n"));
        CHECK_THAT(text, ContainsSubstring("exceptions  no_eku"));
    }
    CHECK_THAT(change_ticket_text(rollout), ContainsSubstring("Reference: CHG0012345\r\n"));
}

TEST_CASE("the day the key leaks, the certificate comes along, so that it is untrusted everywhere") {
    const Rollout rollout = test::sample_rollout();
    for (const std::string& text : {readme_text(rollout), change_ticket_text(rollout)}) {
        CHECK_THAT(text, ContainsSubstring("follows der= in"));
        CHECK_THAT(text, ContainsSubstring(";state=distrusted added at its end"));
        for (const RolloutCertificate& one : rollout.certificates)
            CHECK_THAT(text, ContainsSubstring("wsus-trust-agent distrust " +
                                               to_string(one.certificate.sha256) + " --der DER\r\n"));
    }
}

TEST_CASE("threat 30: a subject stays inside its line, braces and all") {
    Rollout rollout = test::sample_rollout();
    rollout.certificates[0].certificate.subject = printable("CN = {0}{note}\r\nRisk\r\n    none\xE2\x80\xAE");
    for (const std::string& text : {readme_text(rollout), change_ticket_text(rollout)}) {
        check_lines(text);
        CHECK_THAT(text, ContainsSubstring(R"(subject     CN = {0}{note}\x0D\x0ARisk\x0D\x0A    none\u{202E})"
                                           "\r\n"));
    }
}

TEST_CASE("the command line holds the certificates as long as cmd.exe takes it") {
    const Rollout rollout = test::sample_rollout();
    const std::string text = msi_command_text(rollout);
    check_lines(text);
    CHECK_THAT(text, ContainsSubstring("msiexec /i wsus-trust-agent-1.2.3-x64.msi /qn CERTIFICATES=\"" +
                                       installer_property(rollout) + "\"\r\n"));
}

TEST_CASE("a command line that cmd.exe would not take is not offered") {
    Rollout rollout = test::sample_rollout();
    for (int i = 0; i < 4; ++i)
        for (const RolloutCertificate& one : test::sample_certificates()) rollout.certificates.push_back(one);
    REQUIRE(installer_property(rollout).size() > max_cmd_line);
    const std::string text = msi_command_text(rollout);
    check_lines(text);
    CHECK_FALSE(text.contains("CERTIFICATES="));
    CHECK_THAT(text, ContainsSubstring("cmd.exe takes 8,191"));
    CHECK_THAT(text, ContainsSubstring("CONFIG=\"C:\\ProgramData\\WsusTrustAgent\\agent.yaml\"\r\n"));
}
