// Reports with everything in them, the same at every run.
#pragma once

#include "common/report/status_report.h"

namespace wta::test {

[[nodiscard]] StatusReport sample_report();     // not compliant, every kind of content
[[nodiscard]] StatusReport compliant_report();  // nothing to do
[[nodiscard]] StatusReport distrusted_report(); // by hand; Group Policy still delivers a copy
// A live machine that is as it should be, looked at by a scheduled run.
[[nodiscard]] StatusReport live_report(std::string run_id, Timestamp time);

} // namespace wta::test
