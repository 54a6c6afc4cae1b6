#include "common/settings/duration.h"

#include <array>

namespace wta {

namespace {

using std::chrono::milliseconds;

struct Unit {
    std::string_view name;
    milliseconds length;
};

constexpr std::array units{Unit{"d", std::chrono::days{1}}, Unit{"h", std::chrono::hours{1}},
                           Unit{"m", std::chrono::minutes{1}}, Unit{"s", std::chrono::seconds{1}},
                           Unit{"ms", milliseconds{1}}};

constexpr milliseconds longest = std::chrono::days{3650};

} // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
    milliseconds::rep number = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        number = number * 10 + (text[digits] - '0');
        if (number > longest.count()) return std::nullopt;
    }
    if (digits == 0) return std::nullopt;
    const std::string_view name = text.substr(digits);
    if (text == "0") return milliseconds{0};
    for (const Unit& unit : units) {
        if (name != unit.name) continue;
        if (number > longest / unit.length) return std::nullopt;
        return number * unit.length;
    }
    return std::nullopt;
}

std::string to_string(milliseconds duration) {
    if (duration == milliseconds{0}) return "0s";
    for (const Unit& unit : units)
        if (duration % unit.length == milliseconds{0})
            return std::to_string(duration / unit.length).append(unit.name);
    return std::to_string(duration.count()) + "ms";
}

} // namespace wta
