#include "agent/reporting/otlp_sink.h"

#include "common/base/hex.h"
#include "common/base/utf.h"
#include "common/certificate/digest.h"
#include "common/report/json_text.h"
#include "common/report/report_text.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <limits>

namespace wta {
namespace {

namespace json = boost::json;
using Kind = Delivery::Kind;

constexpr std::size_t max_text = 4096;
constexpr std::size_t max_quoted = 300;

json::object attribute(std::string_view key, json::object value) {
    return {{"key", key}, {"value", std::move(value)}};
}

json::object text_value(std::string_view text) { return {{"stringValue", printable(text, max_text)}}; }

json::object number_value(std::int64_t number) { return {{"intValue", std::to_string(number)}}; }

// An empty list is left out, as protobuf does.
void add_list(json::array& attributes, std::string_view key, const std::vector<std::string>& texts) {
    json::array values;
    for (const std::string& text : texts) values.push_back(text_value(text));
    if (values.empty()) return;
    attributes.push_back(attribute(key, {{"arrayValue", json::object{{"values", std::move(values)}}}}));
}

// A UUID of version 5 (RFC 9562, 5.5) in the name space that the semantic conventions name for
// service.instance.id, so that an endpoint stays the same instance.
std::string instance_id(const ReportOrigin& origin) {
    constexpr std::string_view name_space = "4d63009a8d0f11eeaad74c796ed8e320";
    Bytes name = from_hex(name_space).value_or(Bytes{});
    const std::string text = origin.kind + ":" + origin.name;
    const ByteView view = as_byte_view(text);
    name.insert(name.end(), view.begin(), view.end());
    auto digest = thumbprint_of(name).bytes; // SHA-1, as the version prescribes
    digest[6] = (digest[6] & std::byte{0x0F}) | std::byte{0x50};
    digest[8] = (digest[8] & std::byte{0x3F}) | std::byte{0x80};
    const std::string hex = to_hex_lower(ByteView(digest).first(16));
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

// host.name is left out for an image: that one is not the host, and the host is not what the report is about.
json::object resource(const StatusReport& report, const ReportOrigin& origin) {
    json::array attributes{attribute("service.name", text_value("wsus-trust-agent")),
                           attribute("service.version", text_value(report.agent_version)),
                           attribute("service.instance.id", text_value(instance_id(origin))),
                           attribute("wsus_trust_agent.endpoint.kind", text_value(origin.kind)),
                           attribute("wsus_trust_agent.endpoint.name", text_value(origin.name))};
    if (origin.kind != "image") attributes.push_back(attribute("host.name", text_value(origin.name)));
    if (origin.kind != "computer") attributes.push_back(attribute("os.type", text_value("windows")));
    return {{"attributes", std::move(attributes)}};
}

json::object scope(const StatusReport& report) {
    return {{"name", "wsus-trust-agent"}, {"version", printable(report.agent_version)}};
}

// Unsigned nanoseconds since 1970; times that have none are moved to the nearest end.
std::string unix_nanoseconds(Timestamp time) {
    constexpr std::uint64_t per_second = 1'000'000'000;
    constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max() / per_second;
    const auto seconds =
        static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
    return std::to_string(std::min(seconds, last) * per_second);
}

struct LogSeverity {
    int number;
    std::string_view text;
};

LogSeverity log_severity(Severity severity) {
    switch (severity) {
    case Severity::info: return {9, "INFO"};
    case Severity::warning: return {13, "WARN"};
    case Severity::error: return {17, "ERROR"};
    }
    return {17, "ERROR"};
}

std::vector<std::string> changes_of(const StatusReport& report) {
    std::vector<std::string> out;
    for (const ReportChange& change : report.changes)
        out.push_back(fmt::format("{} {}{}{}: {}", change.action, change.store,
                                  change.thumbprint.empty() ? "" : " ", change.thumbprint,
                                  to_string(change.outcome)));
    return out;
}

json::object gauge(std::string_view name, std::string_view description, std::string_view unit,
                   json::array points) {
    return {{"name", name},
            {"description", description},
            {"unit", unit},
            {"gauge", json::object{{"dataPoints", std::move(points)}}}};
}

json::object point(const StatusReport& report, std::int64_t value, json::array attributes = {}) {
    json::object out{{"timeUnixNano", unix_nanoseconds(report.time)}, {"asInt", std::to_string(value)}};
    if (!attributes.empty()) out["attributes"] = std::move(attributes);
    return out;
}

json::array expiry_points(const StatusReport& report) {
    json::array points;
    for (const ReportCertificate& certificate : report.certificates)
        if (certificate.not_after)
            points.push_back(point(report, (*certificate.not_after - report.time).count(),
                                   {attribute("sha256", text_value(certificate.sha256)),
                                    attribute("thumbprint", text_value(certificate.thumbprint)),
                                    attribute("subject", text_value(certificate.subject)),
                                    attribute("state", text_value(certificate.state))}));
    return points;
}

// The member of an object, or null.
const json::value* member(const json::value* value, std::string_view key) {
    return value != nullptr && value->is_object() ? value->get_object().if_contains(key) : nullptr;
}

// 64-bit integers are strings in this form of JSON, and receivers send numbers all the same.
bool is_above_zero(const json::value* value) {
    if (value == nullptr) return false;
    if (value->is_string()) return value->get_string().find_first_of("123456789") != json::string::npos;
    return (value->is_int64() && value->get_int64() > 0) || value->is_uint64() ||
           (value->is_double() && value->get_double() > 0);
}

std::string text_of(const json::value* value) {
    return value != nullptr && value->is_string() ? printable(value->get_string(), max_quoted)
                                                  : std::string();
}

Delivery judge_success(const std::string& body) {
    json::error_code error;
    json::parse_options options;
    options.max_depth = 16;
    const json::value answer = json::parse(body, error, {}, options);
    if (error) return {}; // the status alone says that it was taken
    const json::value* const partial = member(&answer, "partialSuccess");
    const std::string message = text_of(member(partial, "errorMessage"));
    if (is_above_zero(member(partial, "rejectedLogRecords")) ||
        is_above_zero(member(partial, "rejectedDataPoints")))
        return {.kind = Kind::refused,
                .detail = fmt::format("the receiver rejected what it was sent and said \"{}\"", message)};
    if (message.empty()) return {};
    return {.detail = fmt::format("the receiver took it and said \"{}\"", message)};
}

} // namespace

std::string otlp_logs(const OutgoingReport& outgoing, const ReportOrigin& origin) {
    const StatusReport& report = outgoing.report;
    const LogSeverity severity = log_severity(worst_severity(report));
    json::array attributes{
        attribute("wsus_trust_agent.run.id", text_value(outgoing.id)),
        attribute("wsus_trust_agent.command", text_value(report.command)),
        attribute("wsus_trust_agent.state", text_value(to_string(report.state))),
        attribute("wsus_trust_agent.exit_code", number_value(exit_code(report))),
        attribute("wsus_trust_agent.report", json::object{{"stringValue", outgoing.json}})};
    if (!report.settings_digest.empty())
        attributes.push_back(
            attribute("wsus_trust_agent.settings.sha256", text_value(report.settings_digest)));
    add_list(attributes, "wsus_trust_agent.reasons", reasons_of(report));
    add_list(attributes, "wsus_trust_agent.changes", changes_of(report));
    json::object record{{"timeUnixNano", unix_nanoseconds(report.time)},
                        {"observedTimeUnixNano", unix_nanoseconds(report.time)},
                        {"severityNumber", severity.number},
                        {"severityText", severity.text},
                        {"eventName", "wsus_trust_agent.status_report"},
                        {"body", text_value(to_line(report))},
                        {"attributes", std::move(attributes)}};
    json::object scope_logs{{"scope", scope(report)}, {"logRecords", json::array{std::move(record)}}};
    json::object resource_logs{{"resource", resource(report, origin)},
                               {"scopeLogs", json::array{std::move(scope_logs)}}};
    return to_compact_text(json::object{{"resourceLogs", json::array{std::move(resource_logs)}}});
}

std::string otlp_metrics(const OutgoingReport& outgoing, const ReportOrigin& origin) {
    const StatusReport& report = outgoing.report;
    json::array metrics;
    if (report.in_desired_state)
        metrics.push_back(gauge("wsus_trust_agent.compliant",
                                "1: the last run found the endpoint as the settings ask for; 0: it did not",
                                "1", {point(report, *report.in_desired_state ? 1 : 0)}));
    if (json::array points = expiry_points(report); !points.empty())
        metrics.push_back(gauge("wsus_trust_agent.certificate.expiry",
                                "How long a certificate of the settings is valid yet", "s",
                                std::move(points)));
    if (outgoing.last_success)
        metrics.push_back(gauge("wsus_trust_agent.last_success",
                                "When a run last found the endpoint as the settings ask for, since 1970", "s",
                                {point(report, outgoing.last_success->time_since_epoch().count())}));
    if (metrics.empty()) return {};
    json::object scope_metrics{{"scope", scope(report)}, {"metrics", std::move(metrics)}};
    json::object resource_metrics{{"resource", resource(report, origin)},
                                  {"scopeMetrics", json::array{std::move(scope_metrics)}}};
    return to_compact_text(json::object{{"resourceMetrics", json::array{std::move(resource_metrics)}}});
}

Delivery judge_otlp_answer(const PostAnswer& answer) {
    if (answer.status >= 200 && answer.status < 300) return judge_success(answer.body);
    const bool again =
        answer.status == 429 || answer.status == 502 || answer.status == 503 || answer.status == 504;
    if (again)
        return {.kind = Kind::later,
                .detail = fmt::format("the receiver answered {}; it is sent again", answer.status),
                .retry_after = answer.retry_after};
    std::string detail =
        fmt::format("the receiver answered {}, after which OTLP allows no other try", answer.status);
    if (!answer.body.empty()) detail += fmt::format(", and said \"{}\"", printable(answer.body, max_quoted));
    return {.kind = Kind::refused, .detail = detail + "; correct report.otlp.endpoint or the receiver"};
}

std::string OtlpSink::target() const { return printable(endpoint_); }

Delivery OtlpSink::post(std::string_view path, std::string body,
                        std::chrono::steady_clock::time_point deadline) {
    PostRequest request{.url = fmt::format("{}{}", endpoint_, path),
                        .fields = {{"content-type", "application/json"}},
                        .body = std::move(body)};
    const auto answer = uplink_->post(request, deadline);
    Delivery delivery = answer ? judge_otlp_answer(*answer)
                               : Delivery{.kind = Kind::later, .detail = printable(answer.error().message)};
    if (!delivery.detail.empty()) delivery.detail = fmt::format("{}: {}", path, delivery.detail);
    return delivery;
}

// What was taken of a report that is to be tried again arrives twice, under the same run id.
Delivery OtlpSink::deliver(const OutgoingReport& report, std::chrono::steady_clock::time_point deadline) {
    const ReportOrigin origin = origin_of(report.report, computer_);
    Delivery logs = post("/v1/logs", otlp_logs(report, origin), deadline);
    std::string body = otlp_metrics(report, origin);
    if (logs.kind == Kind::later || body.empty()) return logs;
    Delivery metrics = post("/v1/metrics", std::move(body), deadline);
    if (metrics.kind == Kind::later) return metrics;
    const bool refused = logs.kind == Kind::refused || metrics.kind == Kind::refused;
    const std::string_view separator = logs.detail.empty() || metrics.detail.empty() ? "" : "; ";
    return {.kind = refused ? Kind::refused : Kind::delivered,
            .detail = logs.detail + std::string(separator) + metrics.detail};
}

Delivery OtlpSink::test(const OutgoingReport& report, std::chrono::steady_clock::time_point deadline) {
    return deliver(report, deadline); // a receiver tells a test by the command of the report
}

} // namespace wta
