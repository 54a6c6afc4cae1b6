// Reports with everything in them, the same at every run.
#pragma once

#include "common/report/status_report.h"

namespace wta::test {

[[nodiscard]] StatusReport sample_report();     // not compliant, every kind of content
[[nodiscard]] StatusReport compliant_report();  // nothing to do
[[nodiscard]] StatusReport distrusted_report(); // by hand; Group Policy still delivers a copy

} // namespace wta::test
