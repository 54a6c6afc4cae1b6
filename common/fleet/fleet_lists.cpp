#include "common/fleet/fleet_lists.h"

#include <algorithm>
#include <fmt/format.h>

namespace wta {
namespace {

constexpr std::size_t most_names = 20;

} // namespace

std::string plural(std::size_t number, std::string_view word) {
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

std::string and_more(std::size_t all, std::size_t most) {
    return all > most ? fmt::format("and {} more (--output csv lists all)", all - most) : std::string();
}

std::string heading(std::string_view text, const TextStyle& style) {
    return "\n" + painted(std::string(text) + "\n", Color::strong, style);
}

// One under the other, so that they can be copied.
void add_names(std::string& out, const std::vector<std::string>& names, const TextStyle& style) {
    for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i) out += wrapped(names[i], 4, style);
    if (const std::string more = and_more(names.size(), most_names); !more.empty())
        out += wrapped(more, 4, style);
}

void add_unreadable(std::string& out, const Fleet& fleet, const TextStyle& style) {
    if (fleet.unreadable.empty()) return;
    std::vector<std::string> names;
    for (const UnreadableFile& each : fleet.unreadable)
        names.push_back(fmt::format("{}: {}", each.file, each.why));
    out += heading("Unreadable files", style);
    add_names(out, names, style);
    out += wrapped("Do: let these machines report again, or remove what is no report.", 2, style);
}

} // namespace wta
