#include "agent/reporting/report_origin.h"

#include "common/base/utf.h"
#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;

TEST_CASE("a report is about its endpoint, and about the computer when none was opened") {
    CHECK(origin_of(test::distrusted_report(), "PC-9") == ReportOrigin{"live", "PC-1"});
    CHECK(origin_of(test::sample_report(), "PC-9").kind == "image");
    StatusReport early;
    CHECK(origin_of(early, "PC-9") == ReportOrigin{"computer", "PC-9"});
    CHECK(origin_of(early, "") == ReportOrigin{"computer", "unknown"});
    early.endpoint_kind = "live";
    CHECK(origin_of(early, "PC-9") == ReportOrigin{"computer", "PC-9"});
}

TEST_CASE("the name of an endpoint is one printable line") {
    StatusReport report = test::sample_report();
    report.endpoint_name = "a\r\n\x1b[31m\xFF";
    CHECK(origin_of(report, "").name == R"(a\x0D\x0A\x1B[31m\xFF)");
}

TEST_CASE("a report is as bad as its worst finding") {
    StatusReport report = test::sample_report();
    CHECK(worst_severity(report) == Severity::error);
    report.findings.erase(report.findings.begin(), report.findings.begin() + 2);
    CHECK(worst_severity(report) == Severity::warning);
    report.findings.erase(report.findings.begin());
    CHECK(worst_severity(report) == Severity::info);
    report.findings.clear();
    CHECK(worst_severity(report) == Severity::info);
}

TEST_CASE("the reasons of a report are its errors and warnings, each once") {
    StatusReport report = test::sample_report();
    report.findings.push_back(report.findings.front());
    CHECK(reasons_of(report) ==
          std::vector<std::string>{"not_in_trusted_publisher", "policy_wrong_type", "tls_host_mismatch"});
}
