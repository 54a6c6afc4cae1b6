// The files of a rollout that people read. Lines end as Windows' editors want them.
#pragma once

#include "common/rollout/rollout.h"

#include <string>

namespace wta {

// The longest command that cmd.exe takes, in characters.
inline constexpr std::size_t max_cmd_line = 8'191;

[[nodiscard]] std::string readme_text(const Rollout& rollout);
[[nodiscard]] std::string change_ticket_text(const Rollout& rollout);
[[nodiscard]] std::string msi_command_text(const Rollout& rollout);

// With CR LF for LF.
[[nodiscard]] std::string windows_text(std::string_view text);

} // namespace wta
