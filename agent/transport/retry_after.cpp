#include "agent/transport/retry_after.h"

#include <algorithm>
#include <array>

namespace wta {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A date as its letters and digits say it.
struct Parts {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

// Reads `text` by `form`, which is as long: 'y', 'd', 'H', 'M', 'S' stand for a digit of that part, "mmm" for
// the name of a month, 'w' for any letter, everything else for itself.
std::optional<Parts> read_by(std::string_view form, std::string_view text) {
    if (form.size() != text.size()) return std::nullopt;
    Parts parts;
    const auto add = [](int& part, char c) {
        part = part * 10 + (c - '0');
        return is_digit(c);
    };
    for (std::size_t i = 0; i < form.size(); ++i) {
        const char c = text[i];
        bool fits = true;
        switch (form[i]) {
        case 'y': fits = add(parts.year, c); break;
        case 'd': fits = add(parts.day, c); break;
        case 'H': fits = add(parts.hour, c); break;
        case 'M': fits = add(parts.minute, c); break;
        case 'S': fits = add(parts.second, c); break;
        case 'w': fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); break;
        case 'm': {
            const auto* name = std::ranges::find(month_names, text.substr(i, 3));
            fits = name != month_names.end();
            parts.month = static_cast<int>(name - month_names.begin()) + 1;
            i += 2;
            break;
        }
        default: fits = c == form[i];
        }
        if (!fits) return std::nullopt;
    }
    return parts;
}

std::optional<Timestamp> point_in_time(const Parts& parts) {
    const year_month_day date{std::chrono::year{parts.year},
                              std::chrono::month{static_cast<unsigned>(parts.month)},
                              std::chrono::day{static_cast<unsigned>(parts.day)}};
    // 60: a leap second.
    if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
    return std::chrono::sys_days{date} + hours{parts.hour} + minutes{parts.minute} + seconds{parts.second};
}

// The form of RFC 850 has a year of two digits: the latest that lies at most 50 years ahead (RFC
// 9110, 5.6.7).
Parts with_century(Parts parts, Timestamp now) {
    const int this_year = static_cast<int>(year_month_day{std::chrono::floor<days>(now)}.year());
    parts.year += this_year / 100 * 100 + 100;
    while (parts.year > this_year + 50) parts.year -= 100;
    return parts;
}

std::optional<Timestamp> read_date(std::string_view text, Timestamp now) {
    constexpr std::string_view zone = " GMT";
    if (!text.ends_with(zone)) { // as asctime() of C writes it
        auto parts = read_by("www mmm dd HH:MM:SS yyyy", text);
        if (!parts) parts = read_by("www mmm  d HH:MM:SS yyyy", text);
        return parts.and_then(point_in_time);
    }
    text.remove_suffix(zone.size());
    if (const auto parts = read_by("www, dd mmm yyyy HH:MM:SS", text)) return point_in_time(*parts);
    const auto comma = text.find(',');
    if (comma > std::string_view("Wednesday").size()) return std::nullopt; // or there is none
    const auto parts = read_by(", dd-mmm-yy HH:MM:SS", text.substr(comma));
    if (!parts) return std::nullopt;
    return point_in_time(with_century(*parts, now));
}

} // namespace

std::optional<seconds> retry_after(std::string_view value, Timestamp now) {
    if (!value.empty() && std::ranges::all_of(value, is_digit)) {
        seconds delay{0};
        for (const char digit : value)
            delay = std::min(delay * 10 + seconds{digit - '0'}, longest_retry_after);
        return delay;
    }
    const auto date = read_date(value, now);
    if (!date) return std::nullopt;
    return std::clamp(*date - now, seconds{0}, longest_retry_after);
}

} // namespace wta
