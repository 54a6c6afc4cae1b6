// The parts of the page that are files of their own beside this one; the build puts them into the program.
#pragma once

#include <string_view>

namespace wta {

[[nodiscard]] std::string_view page_html(); // with {{markers}}
[[nodiscard]] std::string_view page_css();
[[nodiscard]] std::string_view page_js();

} // namespace wta
