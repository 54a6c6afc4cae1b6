#include "common/base/utf.h"
#include "tests/fuzz/targets.h"

namespace wta::fuzz {

void claim_printable_line(std::string_view text, std::string_view what) {
    for (std::size_t offset = 0; offset < text.size();) {
        if (text[offset] >= ' ' && text[offset] <= '~') {
            ++offset;
            continue;
        }
        const auto character = next_character(text, offset);
        claim(character.has_value(), what, " is no UTF-8");
        claim(!is_unprintable(*character), what, " holds a character that cannot be seen");
    }
}

void claim_printable_lines(std::string_view text, std::string_view what) {
    claim(text.empty() || text.ends_with('\n'), what, " ends inside a line");
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        claim_printable_line(text.substr(0, end), what);
        text.remove_prefix(end + 1);
    }
}

} // namespace wta::fuzz
