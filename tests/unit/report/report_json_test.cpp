#include "common/report/report_json.h"

#include "common/base/utf.h"
#include "common/report/json_text.h"
#include "tests/support/golden.h"
#include "tests/support/sample_report.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace wta;

TEST_CASE("the JSON of a report is what it was") {
    CHECK(test::golden_difference("sample.json", to_indented_text(to_json(test::sample_report()))).empty());
    CHECK(test::golden_difference("compliant.json", to_indented_text(to_json(test::compliant_report())))
              .empty());
    CHECK(test::golden_difference("distrusted.json", to_indented_text(to_json(test::distrusted_report())))
              .empty());
}

TEST_CASE("a report read back from its JSON is the same report") {
    for (const StatusReport& report :
         {test::sample_report(), test::compliant_report(), test::distrusted_report(), StatusReport{}}) {
        const auto read = report_from_json(to_compact_text(to_json(report)));
        REQUIRE(read);
        CHECK(*read == report);
    }
}

TEST_CASE("unknown members and codes of a later version do not keep a report from being read") {
    boost::json::value value = to_json(test::sample_report());
    value.as_object()["addedLater"] = 1;
    value.as_object()["inDesiredState"] = true;
    value.at("findings").as_array().at(0).as_object()["code"] = "code_of_a_later_version";
    value.at("findings").as_array().at(0).as_object()["severity"] = "severity_of_a_later_version";
    value.at("findings").as_array().resize(1);
    const auto read = report_from_json(to_compact_text(value));
    REQUIRE(read);
    CHECK(exit_code(*read) == 1);
}

TEST_CASE("what is no report is refused") {
    const std::string deep(100, '[');
    const std::vector<std::string> texts{"",
                                         "null",
                                         "[]",
                                         "{}",
                                         "{\"schemaVersion\":2}",
                                         "{\"schemaVersion\":1,\"findings\":3}",
                                         "{\"schemaVersion\":1,\"findings\":[3]}",
                                         "{\"schemaVersion\":1,\"time\":\"yesterday\"}",
                                         deep,
                                         "{\"schemaVersion\":1,\"x\":" + std::string(20, '[') +
                                             std::string(20, ']') + "}"};
    for (const std::string& text : texts) CHECK_FALSE(report_from_json(text));
}

TEST_CASE("threat 30: no text of a stranger breaks the document") {
    StatusReport report = test::sample_report();
    report.findings[0].message =
        std::string("a\r\n\x1b[31m\0b\xff\xfe", 12) + "\u202e" + std::string(50'000, 'x');
    const std::string text = to_compact_text(to_json(report));
    CHECK(is_valid_utf8(text));
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
    boost::json::error_code error;
    static_cast<void>(boost::json::parse(text, error));
    CHECK_FALSE(error);
}

TEST_CASE("a forged stored report cannot write to a terminal") {
    StatusReport forged = test::sample_report();
    forged.findings[0].message = "\x1b[2J\x1b]0;owned\x07\r\n\u202e";
    forged.endpoint_name = "\x1b[31m";
    forged.certificates[0].subject = "a\nb";
    forged.certificates[0].usage = {"\x1b[31m"};
    const auto read = report_from_json(boost::json::serialize(to_json(forged)));
    REQUIRE(read);
    for (const std::string& text : {read->findings[0].message, read->endpoint_name,
                                    read->certificates[0].subject, read->certificates[0].usage.at(0)}) {
        CHECK(text.find_first_of("\x1b\x07\r\n") == std::string::npos);
        CHECK(text.find("\u202e") == std::string::npos);
    }
}
