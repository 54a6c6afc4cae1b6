// The two questions of every rotation: may I switch to a certificate, and is one gone everywhere?
#pragma once

#include "common/certificate/digest.h"
#include "common/fleet/fleet.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wta {

enum class FleetQuestion { ready, gone };

// Why a machine does not answer yes. Spelled in JSON and CSV; never rename one.
enum class Obstacle : std::uint8_t {
    none,
    silent,           // left out, because its last report is too old
    nothing_observed, // its last run did not look at the machine
    not_reported,     // its report does not name the certificate
    not_in_stores,
    disallowed,
    not_usable,    // it is where it belongs, and its report has an error about it
    still_trusted, // in Root or TrustedPublisher
    not_asked,     // its settings do not call it withdrawn or distrusted
};

struct MachineAnswer {
    Index machine = 0;
    Obstacle obstacle{}; // none: yes
    std::string detail;  // "in Root (groupPolicy)"; empty: the obstacle says it all
    bool operator==(const MachineAnswer&) const = default;
};

struct FleetAnswer {
    FleetQuestion question{};
    Sha256 sha256;
    std::optional<std::chrono::milliseconds> exclude_silent;
    std::vector<MachineAnswer> machines; // all, by name
    std::size_t yes = 0;
    std::size_t no = 0;
    std::size_t excluded = 0;
    std::size_t unreadable = 0;

    // At least one machine was judged, all that were say yes, and there is no file that could not be read.
    [[nodiscard]] bool proven() const { return yes > 0 && no == 0 && unreadable == 0; }
};

// Ready: the machine was looked at; the certificate is in every store that it requires, in any location; it
// is not in Disallowed; and no error of the report is about it. Machines whose last report is older than
// `exclude_silent` are left out.
[[nodiscard]] FleetAnswer ask_whether_ready(const Fleet& fleet, const Sha256& sha256, Timestamp now,
                                            std::optional<std::chrono::milliseconds> exclude_silent);

// Gone: the machine was looked at, its settings call the certificate withdrawn or distrusted, and it is in
// neither Root nor TrustedPublisher, in no location. A report lists other people's certificates only when the
// settings name them, so one that does not name it proves nothing.
[[nodiscard]] FleetAnswer ask_whether_gone(const Fleet& fleet, const Sha256& sha256);

[[nodiscard]] std::string_view to_string(Obstacle obstacle); // "notInStores"

} // namespace wta
