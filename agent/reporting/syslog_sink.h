// Sends each report as one syslog message (RFC 5424) over TLS (RFC 5425).
#pragma once

#include "agent/reporting/report_origin.h"
#include "agent/reporting/sink.h"
#include "common/ports/uplink.h"

#include <memory>

namespace wta {

// RFC 5425, 4.3.1: what every receiver should be able to take.
inline constexpr std::size_t max_syslog_message = 8192;

// The enterprise number that RFC 5424 (6.3.2) demands in the name of structured data of one's own. Names
// without one are IANA's to give, and the project has no number; 32473 is set aside for examples (RFC 5612),
// so it is nobody's, as any other would be. Receivers take the whole name for one word. An organisation that
// has a number puts it here.
inline constexpr std::string_view structured_data_id = "wsusTrustAgent@32473";

// One message without its frame: valid UTF-8 in one line, at most max_syslog_message bytes whatever the
// report holds; lists and texts that are too long are cut and end in "…".
[[nodiscard]] std::string syslog_message(const StatusReport& report, const std::string& computer);

// RFC 5425, 4.3: octet counting.
[[nodiscard]] std::string syslog_frame(std::string_view message);

class SyslogSink : public Sink {
public:
    SyslogSink(TlsAddress address, std::string computer, std::shared_ptr<Uplink> uplink)
        : address_(std::move(address)), computer_(std::move(computer)), uplink_(std::move(uplink)) {}

    [[nodiscard]] std::string_view name() const override { return "syslog"; }
    [[nodiscard]] std::string target() const override;
    [[nodiscard]] Keeps keeps() const override { return Keeps::every_report; }
    [[nodiscard]] Delivery deliver(const OutgoingReport& report,
                                   std::chrono::steady_clock::time_point deadline) override;
    [[nodiscard]] Delivery test(const OutgoingReport& report,
                                std::chrono::steady_clock::time_point deadline) override;

private:
    TlsAddress address_;
    std::string computer_;
    std::shared_ptr<Uplink> uplink_;
};

} // namespace wta
