// One place that reports go to, and what came of taking one there.
#pragma once

#include "common/report/status_report.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wta {

// A report on its way.
struct OutgoingReport {
    std::string id;   // its runId, also the key by which a receiver knows it again
    std::string json; // the report, unchanged, as `--output json` has it, in one line
    StatusReport report;
    std::optional<Timestamp> last_success{}; // the last run, up to this one, that found the machine compliant
    bool operator==(const OutgoingReport&) const = default;
};

struct Delivery {
    enum class Kind {
        delivered, // the receiver has acknowledged it
        later,     // not now: nobody answered, or it was asked to wait, or the way to it is not in order
        refused,   // the receiver will never take this report
    };
    Kind kind = Kind::delivered;
    std::string detail{};                              // why not; printable
    std::optional<std::chrono::seconds> retry_after{}; // the receiver's wish; `later` only
    bool operator==(const Delivery&) const = default;
};

class Sink {
public:
    virtual ~Sink() = default;

    // "https", as the settings call it; also the name of its queue's folder.
    [[nodiscard]] virtual std::string_view name() const = 0;
    // Where it leads, for people: a URL, a path, an address. Printable.
    [[nodiscard]] virtual std::string target() const = 0;
    enum class Keeps {
        every_report,  // each report, until the receiver has acknowledged it
        newest_report, // the newest that is worth sending; an older one is of no use any more
        latest_run,    // the report of each run: what is on this machine costs nobody anything
    };
    [[nodiscard]] virtual Keeps keeps() const = 0;
    // Ends at `deadline`, except where a file system hangs. Does not throw.
    [[nodiscard]] virtual Delivery deliver(const OutgoingReport& report,
                                           std::chrono::steady_clock::time_point deadline) = 0;
    // Takes a report there that says of itself that it is a test, and leaves none of it where the newest
    // report stands.
    [[nodiscard]] virtual Delivery test(const OutgoingReport& report,
                                        std::chrono::steady_clock::time_point deadline) = 0;
};

} // namespace wta
