#include "common/report/codes.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/support/golden.h"

using namespace wta;

namespace {

std::string_view word(Severity severity) {
    switch (severity) {
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
    }
    return "";
}

// The reference for administrators, one row for each code.
std::string reference() {
    std::string text = "# Reason codes\n\n"
                       "Every finding and every refusal has one of these. *Severity* is the usual one: a "
                       "finding about a certificate that is in place\n"
                       "anyway is a warning. *Exit* is the exit code of a run that has it as an error.\n\n"
                       "| code | severity | exit | what is so | what to do |\n|---|---|---|---|---|\n";
    for (const CodeInfo& row : all_codes())
        text += fmt::format("| `{}` | {} | {} | {} | {} |\n", row.name, word(row.severity), row.exit,
                            row.meaning, row.remedy);
    return text;
}

} // namespace

TEST_CASE("every reason has a name of its own, a meaning and a remedy that are sentences") {
    std::set<std::string_view> names;
    for (const CodeInfo& row : all_codes()) {
        INFO(row.name);
        CHECK(names.insert(row.name).second);
        CHECK(find_code(row.name) == &row);
        CHECK(&info(row.code) == &row);
        CHECK(row.meaning.ends_with('.'));
        CHECK((row.remedy.ends_with('.') || row.remedy.ends_with('"')));
        CHECK(row.exit >= 0);
        CHECK(row.exit <= 9);
    }
    CHECK(find_code("unheard_of") == nullptr);
}

TEST_CASE("the reference of reason codes is the table") {
    CHECK(test::golden_difference("../../../../config/reason-codes.md", reference()).empty());
}
