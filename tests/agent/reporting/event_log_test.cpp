#include "agent/reporting/event_log.h"

#include "common/report/run_events.h"
#include "tests/support/memory_registry.h"
#include "tests/support/sample_report.h"

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace wta;

namespace {

std::vector<EventId> reported(const StatusReport& report, Registry* history) {
    std::vector<EventId> ids;
    report_events(report, history, [&ids](const Event& event) { ids.push_back(event.id); });
    return ids;
}

StatusReport repaired() {
    StatusReport report = test::compliant_report();
    report.changes = {{"addCertificate", "Root", std::string(40, 'A'), Outcome::done, ""}};
    return report;
}

} // namespace

TEST_CASE("a run is told, changes first, and not again") {
    test::MemoryRegistry history;
    CHECK(reported(repaired(), &history) == std::vector{EventId::certificate_added, EventId::repaired});
    CHECK(reported(test::compliant_report(), &history) == std::vector{EventId::compliant});
    history.forget_writes();
    CHECK(reported(test::compliant_report(), &history).empty());
    CHECK(history.writes().empty());
}

TEST_CASE("nothing is told of what was only planned, and where nothing may be remembered") {
    test::MemoryRegistry history;
    StatusReport planned = test::sample_report();
    planned.what_if = true;
    CHECK(reported(planned, &history).empty());
    CHECK(history.writes().empty());
    CHECK(reported(repaired(), nullptr).empty());
}

TEST_CASE("what cannot be remembered is not told again and again, but changes are told") {
    test::MemoryRegistry history;
    history.fail_writes(Error{.code = ErrorCode::access_denied, .message = "denied"});
    CHECK(reported(test::sample_report(), &history).empty());
    CHECK(reported(repaired(), &history) == std::vector{EventId::certificate_added});
}
