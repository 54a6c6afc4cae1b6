// What was written to an image, as other people's readers see it, which Linux has.
#include "tests/support/child_process.h"
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <iterator>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end == std::string::npos ? end : end + 1;
    }
    return lines;
}

std::vector<std::string> sorted_lines_of(const std::string& text) {
    std::vector<std::string> lines = lines_of(text);
    std::ranges::sort(lines);
    return lines;
}

// The text of all keys and values, by a reader that is not ours.
std::string reglookup(const fs::path& hive) {
    const auto run = run_program({"reglookup", hive.string()});
    REQUIRE(run.exit_code == 0);
    for (const std::string& line : lines_of(run.err))
        CHECK_THAT(line, ContainsSubstring("Sample/Strange")); // a type it does not know
    return run.out;
}

} // namespace

TEST_CASE("a change leaves everything else as it was, as other readers see it") {
    const SampleImage image;
    const std::string before = reglookup(image.hive);
    REQUIRE(repair_sample(image.hive));
    const std::string after = reglookup(image.hive);

    std::vector<std::string> gone;
    std::vector<std::string> added;
    std::ranges::set_difference(sorted_lines_of(before), sorted_lines_of(after), std::back_inserter(gone));
    std::ranges::set_difference(sorted_lines_of(after), sorted_lines_of(before), std::back_inserter(added));
    REQUIRE(gone.size() == 3);
    CHECK_THAT(gone[0], StartsWith("/Microsoft/Sample/Text,SZ,"));
    CHECK_THAT(
        gone[1],
        StartsWith(
            "/Microsoft/SystemCertificates/Root/Certificates/00112233445566778899AABBCCDDEEFF00112233,KEY"));
    CHECK_THAT(
        gone[2],
        StartsWith(
            "/Microsoft/SystemCertificates/Root/Certificates/00112233445566778899AABBCCDDEEFF00112233/Blob"));
    const std::string thumbprint = to_string(thumbprint_of(as_byte_view("a certificate")));
    REQUIRE(added.size() == 8);
    CHECK_THAT(added[0], StartsWith("/Microsoft/Sample/Added,DWORD,0x00000001"));
    CHECK_THAT(added[1],
               StartsWith("/Microsoft/SystemCertificates/Root/Certificates/" + thumbprint + ",KEY"));
    CHECK_THAT(added[2],
               StartsWith("/Microsoft/SystemCertificates/Root/Certificates/" + thumbprint + "/Blob,BINARY"));
    CHECK_THAT(added[3], StartsWith("/Microsoft/SystemCertificates/TrustedPublisher,KEY"));
    CHECK_THAT(added[4], StartsWith("/Microsoft/SystemCertificates/TrustedPublisher/Certificates,KEY"));
    CHECK_THAT(
        added[7],
        StartsWith("/Policies/Microsoft/Windows/WindowsUpdate/AcceptTrustedPublisherCerts,DWORD,0x00000001"));

    const auto hivexml = run_program({"hivexml", image.hive.string()});
    CHECK(hivexml.exit_code == 0);
    CHECK(hivexml.err.empty());
    const auto hivexget =
        run_program({"hivexget", image.hive.string(), update_key, "AcceptTrustedPublisherCerts"});
    CHECK(hivexget.out == "1\n");
    const auto blob =
        run_program({"hivexget", image.hive.string(),
                     "Microsoft\\SystemCertificates\\Root\\Certificates\\" + thumbprint, "Blob"});
    CHECK(to_bytes(as_byte_view(blob.out)) == encode_blob(added_entry()));
}

TEST_CASE("a new key has the security of its parent") {
    const SampleImage image;
    REQUIRE(repair_sample(image.hive));
    const auto listed = run_program({"reglookup", "-s", image.hive.string()});
    REQUIRE(listed.exit_code == 0);
    std::size_t keys = 0;
    std::size_t inherited = 0;
    for (std::size_t place = listed.out.find(",KEY,"); place != std::string::npos;
         place = listed.out.find(",KEY,", place + 1)) {
        ++keys;
        const std::string line = listed.out.substr(place, listed.out.find('\n', place) - place);
        if (line.find("S-1-5-32-544,S-1-5-32-544,,S-1-5-18:ALLOW") != std::string::npos) ++inherited;
    }
    CHECK(keys == 21);
    CHECK(inherited == keys);
}
