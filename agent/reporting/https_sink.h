// Posts each report as a CloudEvent (CloudEvents 1.0, HTTP protocol binding 1.0.2, binary content mode): the
// body is the report, unchanged; what it is and whose stands in `ce-` header fields.
#pragma once

#include "agent/reporting/report_origin.h"
#include "agent/reporting/sink.h"
#include "common/ports/uplink.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace wta {

inline constexpr std::string_view status_report_event = "wsus-trust-agent.status-report.v1"; // ce-type

// Says who besides administrators could read a secret file; nothing when nobody could, or when that does not
// matter (the agent is not elevated).
using Unprotected = std::function<std::optional<std::string>(const std::filesystem::path&)>;

// The header fields of a report, but for its credentials.
[[nodiscard]] std::vector<PostField> event_fields(const OutgoingReport& report, const ReportOrigin& origin);

// The bearer token (RFC 6750, 2.1) in the text of a file: one line, blanks around it do not count. No message
// shows any of the text.
[[nodiscard]] Result<std::string> bearer_token(std::string_view text);

// What an answer means. `secret` is never in the detail, even where the receiver sends it back.
[[nodiscard]] Delivery judge_answer(const PostAnswer& answer, std::string_view secret);

class HttpsSink : public Sink {
public:
    struct Options {
        std::string url;
        std::optional<std::string> token_file{}; // read anew for each delivery
        std::optional<std::string> client_certificate{};
        std::string computer;
        Unprotected unprotected;
    };
    HttpsSink(Options options, std::shared_ptr<Uplink> uplink)
        : options_(std::move(options)), uplink_(std::move(uplink)) {}

    [[nodiscard]] std::string_view name() const override { return "https"; }
    [[nodiscard]] std::string target() const override;
    [[nodiscard]] Keeps keeps() const override { return Keeps::every_report; }
    [[nodiscard]] Delivery deliver(const OutgoingReport& report,
                                   std::chrono::steady_clock::time_point deadline) override;
    [[nodiscard]] Delivery test(const OutgoingReport& report,
                                std::chrono::steady_clock::time_point deadline) override;

private:
    [[nodiscard]] Result<std::string> read_token() const;

    Options options_;
    std::shared_ptr<Uplink> uplink_;
};

} // namespace wta
