// Sends each report to an OpenTelemetry receiver: OTLP 1.x over HTTP with JSON, one log record and gauges.
#pragma once

#include "agent/reporting/report_origin.h"
#include "agent/reporting/sink.h"
#include "common/ports/uplink.h"

#include <memory>

namespace wta {

// The bodies for /v1/logs (ExportLogsServiceRequest) and /v1/metrics (ExportMetricsServiceRequest) of
// opentelemetry-proto in its JSON form: lowerCamelCase, 64-bit integers as strings, enumerators as numbers.
[[nodiscard]] std::string otlp_logs(const OutgoingReport& report, const ReportOrigin& origin);
// Empty when the report holds nothing to measure.
[[nodiscard]] std::string otlp_metrics(const OutgoingReport& report, const ReportOrigin& origin);

// What an answer means by the specification: 429, 502, 503 and 504 are to be tried again, nothing else is.
[[nodiscard]] Delivery judge_otlp_answer(const PostAnswer& answer);

class OtlpSink : public Sink {
public:
    // `endpoint` is the base URL, without a slash at its end.
    OtlpSink(std::string endpoint, std::string computer, std::shared_ptr<Uplink> uplink)
        : endpoint_(std::move(endpoint)), computer_(std::move(computer)), uplink_(std::move(uplink)) {}

    [[nodiscard]] std::string_view name() const override { return "otlp"; }
    [[nodiscard]] std::string target() const override;
    [[nodiscard]] Keeps keeps() const override { return Keeps::every_report; }
    [[nodiscard]] Delivery deliver(const OutgoingReport& report,
                                   std::chrono::steady_clock::time_point deadline) override;
    [[nodiscard]] Delivery test(const OutgoingReport& report,
                                std::chrono::steady_clock::time_point deadline) override;

private:
    [[nodiscard]] Delivery post(std::string_view path, std::string body,
                                std::chrono::steady_clock::time_point deadline);

    std::string endpoint_;
    std::string computer_;
    std::shared_ptr<Uplink> uplink_;
};

} // namespace wta
