// The one table of reason codes: how bad it is, what it means, what to do next, how a run that has it exits.
#pragma once

#include "common/base/reason_code.h"

#include <optional>
#include <span>
#include <string_view>

namespace wta {

struct CodeInfo {
    ReasonCode code{};
    std::string_view name;    // in reports; stable
    Severity severity{};      // unless the finding says otherwise
    int exit = 0;             // of a run with this as an error
    std::string_view meaning; // one sentence: what is so
    std::string_view remedy;  // one or two sentences: what to do next
};

[[nodiscard]] const CodeInfo& info(ReasonCode code);
[[nodiscard]] std::span<const CodeInfo> all_codes();
// What became of earlier reports: it says nothing about the endpoint.
[[nodiscard]] bool is_about_reporting(ReasonCode code);
[[nodiscard]] const CodeInfo* find_code(std::string_view name); // null: unknown

} // namespace wta
