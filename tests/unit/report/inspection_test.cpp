#include "common/report/inspection.h"

#include "common/settings/settings_reader.h"
#include "tests/support/certificate_builder.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace wta;

namespace {

Inspection inspect(const Bytes& input, std::string source = "https://pki.example.com/wsus.cer") {
    return inspect_bytes(input, source, source, test::reference_time);
}

} // namespace

TEST_CASE("a good certificate would be admitted, and the lines to paste pin it") {
    const Bytes der = test::self_signed();
    const Inspection inspection = inspect(der);
    CHECK(inspection.admitted());
    const ReadSettings read = read_settings(settings_lines(inspection), "agent.yaml", "/etc");
    REQUIRE(read.errors.empty());
    REQUIRE(read.settings.certificates.size() == 1);
    CHECK(read.settings.certificates[0].sha256 == sha256_of(der));
    CHECK(read.settings.certificates[0].sources ==
          std::vector<std::string>{"https://pki.example.com/wsus.cer"});
}

TEST_CASE("the lines to paste survive awkward paths") {
    const Bytes der = test::self_signed();
    for (const std::string source : {"/srv/it's here: #1/wsus.cer", "/srv/ä/wsus.cer", "/a b"}) {
        const ReadSettings read = read_settings(settings_lines(inspect(der, source)), "agent.yaml", "/etc");
        REQUIRE(read.errors.empty());
        CHECK(read.settings.certificates.at(0).sources == std::vector{source});
    }
}

TEST_CASE(
    "a certificate that clients cannot fetch from where it was found comes along in the lines to paste") {
    const Bytes der = test::self_signed();
    const Inspection inspection = inspect_bytes(der, "store:WSUS", "", test::reference_time);
    const ReadSettings read = read_settings(settings_lines(inspection), "agent.yaml", "/etc");
    REQUIRE(read.errors.empty());
    CHECK(read.settings.certificates.at(0).sha256 == sha256_of(der));
    CHECK(read.settings.certificates.at(0).der == der);
    CHECK(read.settings.certificates.at(0).sources.empty());
}

TEST_CASE("exceptions are suggested when they are all that is needed, and only then") {
    CHECK(settings_lines(inspect(test::self_signed({.usage = std::nullopt}))).find("allow: [no_eku]") !=
          std::string::npos);
    CHECK(settings_lines(inspect(test::self_signed({.usage = "codeSigning,serverAuth"}))).empty());
    CHECK(settings_lines(inspect(Bytes{})).empty());
}

TEST_CASE("JSON has every member, also for what is no certificate") {
    for (const Bytes& input : {test::self_signed(), Bytes{}, to_bytes(as_byte_view("<html>"))}) {
        const boost::json::value value = to_json(inspect(input));
        for (const char* key :
             {"source", "sha256", "thumbprint", "subject", "issuer", "notBefore", "notAfter", "selfSigned",
              "usage", "key", "signature", "admitted", "stores", "reasons"})
            CHECK(value.as_object().contains(key));
    }
    CHECK(to_json(inspect(test::self_signed())).at("stores").as_array().size() == 2);
    CHECK(to_json(inspect(Bytes{})).at("reasons").at(0).at("code") == "empty_input");
}

TEST_CASE("the text names the verdict, the stores and each reason") {
    CHECK(to_text(inspect(test::self_signed()), {}).find("placed into Root and TrustedPublisher") !=
          std::string::npos);
    const std::string refused = to_text(inspect(test::self_signed({.usage = std::nullopt})), {});
    CHECK(refused.find("Would be refused") != std::string::npos);
    CHECK(refused.find("no_eku") != std::string::npos);
}

TEST_CASE("the source of an inspection is shown in visible characters") {
    const Inspection inspection = inspect(test::self_signed(), "https://pki.example.com/\x1b[31m");
    CHECK(to_json(inspection).at("source").as_string().find('\x1b') == std::string::npos);
    CHECK(to_text(inspection, {}).find('\x1b') == std::string::npos);
    CHECK(settings_lines(inspection).find("der: ") != std::string::npos);
}
