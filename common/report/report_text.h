// The status report for people: a short table of what is checked, is, should be, and what to do; or one line.
#pragma once

#include "common/report/status_report.h"
#include "common/report/text_layout.h"

#include <string>

namespace wta {

[[nodiscard]] std::string to_text(const StatusReport& report, const TextStyle& style);

// What a run came to, in one word: "Compliant", "Undone", "StillTrusted".
[[nodiscard]] std::string_view outcome_word(const StatusReport& report);

// One line without a newline: "Compliant: no findings", "NonCompliant: policy_missing, not_in_root", "Undone:
// not_undone".
[[nodiscard]] std::string to_line(const StatusReport& report);

} // namespace wta
