#include "common/rollout/edr_exceptions.h"

#include "tests/support/sample_rollout.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace wta;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string thumbprint(std::size_t i) {
    return to_string(test::sample_certificates().at(i).certificate.thumbprint);
}

std::size_t count(std::string_view text, std::string_view word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
        ++found;
    return found;
}

} // namespace

TEST_CASE("Elastic's exception asks for the program and the exact values, both") {
    const Rollout rollout = test::sample_rollout();
    const std::string text = elastic_exceptions(rollout);
    REQUIRE(count(text, "\n") == 2);
    const auto list = boost::json::parse(text.substr(0, text.find('\n')));
    const auto item = boost::json::parse(text.substr(text.find('\n') + 1));
    CHECK(list.at("list_id") == item.at("list_id"));
    const auto& entries = item.at("entries").as_array();
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].at("field").as_string() == "process.executable");
    CHECK(entries[0].at("value").as_string() == installed_program);
    CHECK(entries[1].at("field").as_string() == "registry.path");
    const auto& paths = entries[1].at("value").as_array();
    for (const std::string& path :
         {R"(HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates\)" + thumbprint(0) + R"(\Blob)",
          R"(\REGISTRY\MACHINE\Software\Microsoft\SystemCertificates\Root\Certificates\)" + thumbprint(2) +
              R"(\Blob)",
          R"(HKLM\SOFTWARE\Microsoft\SystemCertificates\TrustedPublisher\Certificates\)" + thumbprint(1) +
              R"(\Blob)"})
        CHECK(std::ranges::count(paths, boost::json::value(path)) == 1);
    CHECK(paths.size() == 2 * 8 + 3 * 4); // two in Root, three in Trusted Publishers; each spelling once
    CHECK(std::ranges::none_of(
        paths, [](const auto& path) { return path.as_string().find("*") != boost::json::string::npos; }));
}

TEST_CASE("no exception is made for a CA-issued certificate in Root") {
    const Rollout rollout = test::sample_rollout();
    for (const std::string& text :
         {elastic_exceptions(rollout), splunk_filter(rollout), sigma_filter(rollout)}) {
        CHECK_THAT(text, ContainsSubstring(thumbprint(1)));
        for (const std::string root : {"ROOT", "Root"})
            for (const std::string separator : {"\\", "\\\\"})
                CHECK_FALSE(text.contains(root + separator + "Certificates" + separator + thumbprint(1)));
    }
}

TEST_CASE("Splunk's filter is one definition, with the program and the keys") {
    const Rollout rollout = test::sample_rollout();
    const std::string text = splunk_filter(rollout);
    CHECK_THAT(text,
               ContainsSubstring("\n[windows_registry_certificate_added_filter]\ndefinition = search NOT ("));
    CHECK_THAT(text,
               ContainsSubstring(
                   R"(Processes.process_path="C:\\Program Files\\WsusTrustAgent\\wsus-trust-agent.exe")"));
    CHECK_THAT(text,
               ContainsSubstring(R"("*\\SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates\\)" +
                                 thumbprint(0) + "*\""));
    CHECK(count(text, "\n") == 4);
}

TEST_CASE("the Sigma filter names its rule, the program and the values; the same certificates, the same id") {
    const Rollout rollout = test::sample_rollout();
    const std::string text = sigma_filter(rollout);
    CHECK_THAT(text,
               ContainsSubstring("    Image: 'C:\\Program Files\\WsusTrustAgent\\wsus-trust-agent.exe'\n"));
    CHECK_THAT(text,
               ContainsSubstring("      - '\\SOFTWARE\\Microsoft\\SystemCertificates\\TrustedPublisher\\"
                                 "Certificates\\" +
                                 thumbprint(1) + "\\Blob'\n"));
    CHECK_THAT(text, ContainsSubstring("  condition: not selection\n"));
    CHECK(text == sigma_filter(test::sample_rollout("another note")));
    Rollout other = rollout;
    other.certificates.pop_back();
    CHECK(text.substr(text.find("id: "), 40) != sigma_filter(other).substr(text.find("id: "), 40));
}
