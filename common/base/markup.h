// Texts of others in HTML and XML.
#pragma once

#include <string>
#include <string_view>

namespace wta {

// For text and for attributes in quotes of either kind.
[[nodiscard]] std::string markup_text(std::string_view text);

} // namespace wta
