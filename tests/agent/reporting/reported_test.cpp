#include "agent/reporting/reported.h"

#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using wta::test::ScratchFolder;
using wta::test::write_text;

namespace {

constexpr Timestamp noon{std::chrono::sys_days(std::chrono::year{2026} / 11 / 28)};

} // namespace

TEST_CASE("what was reported last is what was written, for the same machine") {
    const ScratchFolder scratch;
    const Reported reported{.machine = "here", .last = LastReported{"mark", noon}, .last_success = noon};
    REQUIRE(write_reported(scratch.path(), reported));
    CHECK(read_reported(scratch.path(), "here") == reported);
    const Reported neither{.machine = "here"};
    REQUIRE(write_reported(scratch.path(), neither));
    CHECK(read_reported(scratch.path(), "here") == neither);
}

TEST_CASE("a cloned machine has reported nothing yet") {
    const ScratchFolder scratch;
    REQUIRE(write_reported(scratch.path(),
                           {.machine = "golden", .last = LastReported{"mark", noon}, .last_success = noon}));
    CHECK(read_reported(scratch.path(), "clone") == Reported{.machine = "clone"});
}

TEST_CASE("a garbled memory of what was reported is none") {
    const ScratchFolder scratch;
    for (const auto* text :
         {"", "{}", "[1]", R"({"machine":7})", R"({"machine":"here","time":"x","mark":3})"}) {
        write_text(scratch.path() / "reported.json", text);
        CHECK(read_reported(scratch.path(), "here") == Reported{.machine = "here"});
    }
}
