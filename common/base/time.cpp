#include "common/base/time.h"

#include <algorithm>

namespace wta {

namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

std::string digits(unsigned value, std::size_t width) {
    std::string text = std::to_string(value);
    text.insert(0, width - std::min(width, text.size()), '0');
    return text;
}

// The number in `width` decimal digits at `offset`; nothing when there is anything else.
std::optional<unsigned> number_at(std::string_view text, std::size_t offset, std::size_t width) {
    unsigned value = 0;
    for (const char c : text.substr(offset, width)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
}

} // namespace

std::string to_rfc3339(Timestamp time) {
    constexpr Timestamp first = sys_days{year{0} / month{1} / day{1}};
    constexpr Timestamp last = sys_days{year{10'000} / month{1} / day{1}} - std::chrono::seconds{1};
    time = std::clamp(time, first, last); // RFC 3339 has four digits for the year
    const auto midnight = std::chrono::floor<std::chrono::days>(time);
    const year_month_day date{midnight};
    const auto seconds = static_cast<unsigned>((time - midnight).count());
    return digits(static_cast<unsigned>(static_cast<int>(date.year())), 4) + '-' +
           digits(static_cast<unsigned>(date.month()), 2) + '-' +
           digits(static_cast<unsigned>(date.day()), 2) + 'T' + digits(seconds / 3600, 2) + ':' +
           digits(seconds / 60 % 60, 2) + ':' + digits(seconds % 60, 2) + 'Z';
}

std::optional<Timestamp> from_rfc3339(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00T00:00:00Z";
    if (text.size() != shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] != '0' && shape[i] != text[i]) return std::nullopt;
    const auto years = number_at(text, 0, 4);
    const auto months = number_at(text, 5, 2);
    const auto days = number_at(text, 8, 2);
    const auto hours = number_at(text, 11, 2);
    const auto minutes = number_at(text, 14, 2);
    const auto seconds = number_at(text, 17, 2);
    if (!years || !months || !days || !hours || !minutes || !seconds) return std::nullopt;
    const year_month_day date{year{static_cast<int>(*years)}, month{*months}, day{*days}};
    if (!date.ok() || *hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;
    return sys_days{date} + std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
           std::chrono::seconds{*seconds};
}

} // namespace wta
