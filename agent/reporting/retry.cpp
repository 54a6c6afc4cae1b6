#include "agent/reporting/retry.h"

#include <algorithm>

namespace wta {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int last_doubling = 4; // 4 to 12 hours

seconds between(seconds shortest, seconds longest, double random) {
    const auto width = static_cast<double>((longest - shortest).count());
    return shortest + seconds(static_cast<seconds::rep>(width * random));
}

} // namespace

seconds retry_delay(int failures, double random, std::optional<seconds> asked_for) {
    if (asked_for) {
        const seconds wait = std::clamp<seconds>(*asked_for, seconds{0}, hours{24});
        return between(wait, wait + std::max<seconds>(wait, minutes{1}), random);
    }
    if (failures <= 1) return between(minutes{1}, minutes{5}, random);
    const seconds shortest = hours{1} * (1 << (std::min(failures, last_doubling) - 2));
    return between(shortest, 3 * shortest, random);
}

} // namespace wta
