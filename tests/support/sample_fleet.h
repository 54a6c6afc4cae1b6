// Fleets out of a few reports, for tests of what is said about them.
#pragma once

#include "common/fleet/fleet_builder.h"
#include "tests/support/sample_report.h"

#include <string>
#include <vector>

namespace wta::test {

// The certificate of sample reports, and when questions about them are asked.
inline const std::string fleet_certificate(64, 'a');
inline const Timestamp fleet_now = *from_rfc3339("2026-06-01T12:00:00Z");

// A compliant machine that holds the certificate and reported 12 hours ago.
inline StatusReport machine_report(std::string name) {
    StatusReport report = compliant_report();
    report.endpoint_kind = "live";
    report.endpoint_name = std::move(name);
    return report;
}

// Its report names the certificate as withdrawn, and no store holds it.
inline StatusReport withdrawn_report(std::string name) {
    StatusReport report = machine_report(std::move(name));
    report.certificates.front().state = "withdrawn";
    report.certificates.front().required.clear();
    report.certificates.front().stores.clear();
    return report;
}

// Each in a file that is called after the machine.
inline Fleet fleet_of(const std::vector<StatusReport>& reports,
                      const std::vector<std::string>& unreadable = {}) {
    FleetBuilder builder(fleet_now);
    for (const StatusReport& report : reports) builder.add(report.endpoint_name + ".json", report);
    for (const std::string& file : unreadable)
        builder.add(file, Result<StatusReport>(fail(ErrorCode::invalid, "it is no report")));
    return std::move(builder).finish();
}

} // namespace wta::test
