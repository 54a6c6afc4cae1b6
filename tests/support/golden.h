// Compares text with a checked-in file. WSUS_TRUST_AGENT_UPDATE_GOLDEN=1 writes the files anew instead; read
// the difference before you commit it.
#pragma once

#include <string>

namespace wta::test {

// `name` below tests/unit/report/golden. Empty when equal (or just written), otherwise the first line that
// differs, for a failure message.
[[nodiscard]] std::string golden_difference(const std::string& name, const std::string& text);

} // namespace wta::test
