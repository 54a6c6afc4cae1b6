#include "agent/resident/schedule.h"

#include "common/certificate/digest.h"
#include "common/ports/registry_path.h"

namespace wta {

using std::chrono::seconds;

Rhythm rhythm_of(const Identity& identity, seconds interval) {
    // Windows does not tell names of computers apart by their case. A NUL is in neither of the two.
    const std::string name = fold_case(identity.computer_name) + '\0' + fold_case(identity.machine_guid);
    std::uint64_t number = 0;
    const Sha256 digest = sha256_of(as_byte_view(name));
    for (std::size_t i = 0; i < sizeof number; ++i)
        number = number << 8U | std::to_integer<std::uint64_t>(digest.bytes.at(i));
    return {interval, seconds(number % static_cast<std::uint64_t>(interval.count()))};
}

Timestamp next_slot(const Rhythm& rhythm, Timestamp now) {
    const seconds since = (now.time_since_epoch() - rhythm.offset) % rhythm.interval;
    const seconds passed = since < seconds::zero() ? since + rhythm.interval : since;
    return now + (rhythm.interval - passed);
}

bool is_overdue(const Rhythm& rhythm, Timestamp last, Timestamp now) { return now - last >= rhythm.interval; }

} // namespace wta
