#include "common/fleet/readiness_text.h"

#include "tests/support/sample_fleet.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using test::fleet_now;

namespace {

const Sha256 asked_for = *sha256_from_hex(test::fleet_certificate);

std::string ready_text(const Fleet& fleet) {
    return to_text(fleet, summarize(fleet, fleet_now, std::chrono::days(3)),
                   ask_whether_ready(fleet, asked_for, fleet_now, std::chrono::days(30)), {.width = 200});
}

} // namespace

TEST_CASE("a fleet that is ready is told so, with the exit code") {
    const std::string text =
        ready_text(test::fleet_of({test::machine_report("PC-1"), test::machine_report("PC-2")}));
    CHECK(text.contains("WSUS Publishers Self-signed"));
    CHECK(text.ends_with("Yes, you may switch: all 2 machines hold it. Exit code 0.\n"));
}

TEST_CASE("who is not ready is named with why and what to do, and who is left out, too") {
    StatusReport lacking = test::machine_report("PC-2");
    lacking.certificates.front().stores.clear();
    StatusReport silent = test::machine_report("PC-3");
    silent.time -= std::chrono::days(31);
    const std::string text =
        ready_text(test::fleet_of({test::machine_report("PC-1"), lacking, silent}, {"PC-4.json"}));
    CHECK(text.contains("PC-2  not in Root, not in TrustedPublisher"));
    CHECK(text.contains("Do: Run 'repair' there"));
    CHECK(text.contains("Left out: silent: 1"));
    CHECK(text.contains("PC-3  last report"));
    CHECK(text.contains("PC-4.json"));
    CHECK(text.contains("Do not switch yet: 1 machine says no, and 1 file could not be read (1 left out"));
    CHECK(text.ends_with("Exit code 1.\n"));
}

TEST_CASE("a machine that was not asked is told what to do") {
    const Fleet fleet = test::fleet_of({test::withdrawn_report("PC-1"), test::machine_report("PC-2")});
    StatusReport unaware = test::machine_report("PC-3");
    unaware.certificates.clear();
    const Fleet other = test::fleet_of({unaware});
    const auto text = [](const Fleet& of) {
        return to_text(of, summarize(of, fleet_now, std::chrono::days(3)), ask_whether_gone(of, asked_for),
                       {});
    };
    CHECK(text(fleet).contains("PC-2  in Root, in TrustedPublisher (groupPolicy)"));
    CHECK(text(other).contains("Do: Name it in the settings there as withdrawn or distrusted"));
    CHECK(text(test::fleet_of({test::withdrawn_report("PC-1")})).contains("Yes, it is gone"));
}

TEST_CASE("without reports nothing is proven") {
    CHECK(to_line(ask_whether_gone({}, asked_for)) == "Not proven: no reports: nothing is proven.");
}
