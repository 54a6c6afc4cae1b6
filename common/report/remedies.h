// What to do about a finding depends on the run that it belongs to.
#pragma once

#include "common/report/status_report.h"

namespace wta {

// Where the remedy of a finding is another repair, and a repair would not help: says what would.
void fit_remedies(StatusReport& report);

} // namespace wta
