#include "agent/reporting/report_file.h"

#include "agent/platform/utf8_path.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using Kind = Delivery::Kind;
using wta::test::ScratchFolder;

TEST_CASE("a file is put in its place, and nothing is left beside it") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / platform::path_from_utf8("Zo\xC3\xAB.json");
    CHECK(put_file(file, "one", "a.setting") == Delivery{});
    CHECK(put_file(file, "two", "a.setting") == Delivery{});
    CHECK(as_text(test::read_bytes(file)) == "two");
    CHECK(scratch.names() == std::vector<std::string>{"Zo\xC3\xAB.json"});
}

TEST_CASE("a trial leaves the file as it is") {
    const ScratchFolder scratch;
    CHECK(try_file(scratch.path() / "a.json", "trial", "a.setting") == Delivery{});
    CHECK(scratch.names().empty());
    test::write_text(scratch.path() / "a.json", "newest");
    CHECK(try_file(scratch.path() / "a.json", "trial", "a.setting") == Delivery{});
    CHECK(as_text(test::read_bytes(scratch.path() / "a.json")) == "newest");
    CHECK(scratch.names() == std::vector<std::string>{"a.json"});
}

TEST_CASE("a missing folder is said and not made") {
    const ScratchFolder scratch;
    for (const auto& put : {put_file, try_file}) {
        const Delivery came = put(scratch.path() / "missing" / "a.json", "x", "report.file.path");
        CHECK(came.kind == Kind::later);
        CHECK(came.detail.contains("missing"));
        CHECK(came.detail.contains("create it, or correct report.file.path"));
    }
    CHECK(scratch.names().empty());
}

TEST_CASE("a trial that cannot be written says why") {
    const ScratchFolder scratch;
    test::write_text(scratch.path() / "a.json.test" / "in the way", "");
    CHECK(try_file(scratch.path() / "a.json", "x", "a.setting").kind == Kind::later);
    CHECK(scratch.names() == std::vector<std::string>{"a.json.test"});
}
