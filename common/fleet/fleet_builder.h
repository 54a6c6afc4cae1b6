// Makes a fleet of report files, one after the other.
#pragma once

#include "common/base/result.h"
#include "common/fleet/fleet.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace wta {

// The same files in the same order give the same fleet.
class FleetBuilder {
public:
    // `now` is the time of the question: a report from the future has no age.
    explicit FleetBuilder(Timestamp now) : now_(now) {}

    // The report of a file, or why there is none. Of two reports of one machine the newer counts (of the same
    // time: the larger run id). One that says "test" of itself only tried out a delivery. One without a time,
    // from more than 24 hours ahead, with a sha256 that is none or stands twice is unreadable: a machine
    // whose report cannot be judged is never hidden. A report that names no machine is of the one that its
    // file is called after.
    void add(std::string_view file, const Result<StatusReport>& report);

    [[nodiscard]] Fleet finish() &&; // once

private:
    Result<Machine> read(std::string_view file, const StatusReport& report);
    Index word(const std::string& text);
    Index finding(const ReportFinding& finding);
    Index certificate(const ReportCertificate& certificate, std::string sha256);

    Timestamp now_;
    Fleet fleet_;
    std::unordered_map<std::string, std::size_t> machines_;
    std::unordered_map<std::string, Index> words_;
    std::unordered_map<std::string, Index> findings_;
    std::unordered_map<std::string, Index> certificates_;
};

} // namespace wta
