#include "common/fleet/fleet_page.h"

#include "common/base/hex.h"
#include "common/certificate/digest.h"
#include "common/fleet/page_files.h"
#include "tests/support/sample_fleet.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

using namespace wta;

namespace {

std::string page_of(const Fleet& fleet) {
    return to_html(fleet, summarize(fleet, test::fleet_now, std::chrono::days(3)), "/srv/<reports>");
}

std::size_t count(std::string_view text, std::string_view word) {
    std::size_t found = 0;
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
        ++found;
    return found;
}

// What stands between the two, in the page.
std::string_view between(std::string_view page, std::string_view begin, std::string_view end) {
    const std::size_t from = page.find(begin) + begin.size();
    return page.substr(from, page.find(end, from) - from);
}

} // namespace

TEST_CASE("threat 30: no text of a report becomes markup") {
    constexpr auto hostile = "\"'><img src=x onerror=alert(1)></script><script>alert(1)</script>";
    StatusReport report = test::machine_report(hostile);
    report.time -= std::chrono::days(9);
    report.agent_version = hostile;
    report.findings = {{hostile, Severity::error, hostile, hostile, "", "", hostile}};
    report.certificates.front().subject = hostile;
    report.certificates.front().thumbprint = hostile;
    const std::string page = page_of(test::fleet_of({report}, {hostile}));
    CHECK(count(page, "<img") == 0);
    CHECK(count(page, "<script") == 2);
    CHECK(count(page, "</script") == 2);
    CHECK(count(page, "&lt;img") >= 7); // name, version, code (twice), message, remedy, subject, …
    CHECK(page.contains("/srv/&lt;reports&gt;"));
}

TEST_CASE("a marker in a report is not replaced") {
    StatusReport report = test::machine_report("{{script}}{{data}}");
    report.time -= std::chrono::days(9);
    CHECK(count(page_of(test::fleet_of({report})), "<script>") == 1);
}

TEST_CASE("the page allows its own style and script by their digests, and nothing else") {
    const std::string page = page_of(test::fleet_of({test::machine_report("PC-1")}));
    const std::string_view policy = between(page, "Content-Security-Policy\" content=\"", "\"");
    const auto source = [](std::string_view text) {
        return fmt::format("'sha256-{}'", to_base64(sha256_of(as_byte_view(text)).bytes));
    };
    CHECK(policy == fmt::format("default-src 'none'; script-src {}; style-src {}; base-uri 'none'; "
                                "form-action 'none'",
                                source(between(page, "<script>", "</script>")),
                                source(between(page, "<style>", "</style>"))));
    CHECK(between(page, "<script>", "</script>") == page_js());
    CHECK(count(page, "http://") + count(page, "https://") == 0);
    CHECK(count(page, " style=") + count(page, " onclick=") == 0);
}

TEST_CASE("the numbers stand in the page itself, so that it says them without script") {
    const std::string page = page_of(test::fleet_of({test::machine_report("PC-1")}, {"PC-2.json"}));
    CHECK(page.contains("1 of 1 machine compliant"));
    CHECK(page.contains("<b>1</b> compliant"));
    CHECK(page.contains("<b>1</b> unreadable files"));
    CHECK(page.contains("<code>PC-2.json</code> it is no report"));
}

TEST_CASE("a fleet without machines has a page") { CHECK(page_of({}).contains("no machine has reported")); }
