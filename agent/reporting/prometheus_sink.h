// Keeps the state of the newest report where the textfile collector of windows_exporter or node_exporter
// reads it.
#pragma once

#include "agent/reporting/report_origin.h"
#include "agent/reporting/sink.h"

namespace wta {

// Text exposition format 0.0.4. Gauges only; what is not known is left out.
[[nodiscard]] std::string exposition(const OutgoingReport& report, const ReportOrigin& origin);

class PrometheusSink : public Sink {
public:
    // `path` ends in .prom; the exporter reads no other files, so not those that are being written.
    PrometheusSink(std::string path, std::string computer)
        : path_(std::move(path)), computer_(std::move(computer)) {}

    [[nodiscard]] std::string_view name() const override { return "prometheus"; }
    [[nodiscard]] std::string target() const override;
    [[nodiscard]] Keeps keeps() const override { return Keeps::latest_run; }
    [[nodiscard]] Delivery deliver(const OutgoingReport& report,
                                   std::chrono::steady_clock::time_point deadline) override;
    [[nodiscard]] Delivery test(const OutgoingReport& report,
                                std::chrono::steady_clock::time_point deadline) override;

private:
    std::string path_;
    std::string computer_;
};

} // namespace wta
