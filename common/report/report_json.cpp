#include "common/report/report_json.h"

#include "common/base/utf.h"
#include "common/report/json_text.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace wta {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(to_rfc3339(*time)) : json::value();
}

json::array texts(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

json::object finding(const ReportFinding& value) {
    return {{"code", value.code},
            {"severity", to_string(value.severity)},
            {"subject", value.subject},
            {"message", value.message},
            {"expected", text_or_null(value.expected)},
            {"actual", text_or_null(value.actual)},
            {"owner", text_or_null(value.owner)},
            {"remedy", value.remedy}};
}

json::object change(const ReportChange& value) {
    return {{"action", value.action},
            {"store", value.store},
            {"thumbprint", text_or_null(value.thumbprint)},
            {"outcome", to_string(value.outcome)},
            {"detail", text_or_null(value.detail)}};
}

json::object certificate(const ReportCertificate& value) {
    json::array stores;
    for (const StorePlace& place : value.stores)
        stores.push_back(
            json::object{{"store", place.store}, {"location", place.location}, {"ours", place.ours}});
    return {{"sha256", value.sha256},
            {"thumbprint", text_or_null(value.thumbprint)},
            {"subject", text_or_null(value.subject)},
            {"issuer", text_or_null(value.issuer)},
            {"notBefore", time_or_null(value.not_before)},
            {"notAfter", time_or_null(value.not_after)},
            {"selfSigned", value.self_signed ? json::value(*value.self_signed) : json::value()},
            {"usage", texts(value.usage)},
            {"state", value.state},
            {"allow", texts(value.allow)},
            {"restricted", value.restricted},
            {"requiredStores", texts(value.required)},
            {"stores", std::move(stores)},
            {"note", text_or_null(value.note)}};
}

json::value summary(const std::optional<StateSummary>& value) {
    if (!value) return {};
    json::array certificates;
    for (const StateSummary::Placed& placed : value->certificates)
        certificates.push_back(json::object{{"sha256", placed.sha256}, {"stores", texts(placed.stores)}});
    return json::object{{"acceptTrustedPublisherCerts", text_or_null(value->policy_value)},
                        {"certificates", std::move(certificates)}};
}

template <class T, class Make>
json::array all(const std::vector<T>& list, Make make) {
    json::array out;
    for (const T& item : list) out.push_back(make(item));
    return out;
}

// Reading: `at` on a member that is missing or null gives the empty value; another type is an error, thrown
// here and caught once below.
// Whoever can write to the endpoint can forge its stored report, so its texts are made printable as those of
// any stranger.
struct WrongType {};

constexpr std::size_t max_text = 16'384;

const json::value* member(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::string read_text(const json::object& object, std::string_view key) {
    const json::value* value = member(object, key);
    if (value == nullptr) return {};
    if (!value->is_string()) throw WrongType{};
    return printable(value->get_string(), max_text);
}

std::optional<bool> read_bool(const json::object& object, std::string_view key) {
    const json::value* value = member(object, key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_bool()) throw WrongType{};
    return value->get_bool();
}

std::optional<Timestamp> read_time(const json::object& object, std::string_view key) {
    const std::string text = read_text(object, key);
    if (text.empty()) return std::nullopt;
    const std::optional<Timestamp> time = from_rfc3339(text);
    if (!time) throw WrongType{};
    return time;
}

const json::object& as_object(const json::value& value) {
    if (!value.is_object()) throw WrongType{};
    return value.get_object();
}

template <class Read>
auto read_all(const json::object& object, std::string_view key, Read read) {
    std::vector<decltype(read(std::declval<const json::value&>()))> out;
    const json::value* value = member(object, key);
    if (value == nullptr) return out;
    if (!value->is_array()) throw WrongType{};
    for (const json::value& item : value->get_array()) out.push_back(read(item));
    return out;
}

std::string read_item(const json::value& value) {
    if (!value.is_string()) throw WrongType{};
    return printable(value.get_string(), max_text);
}

// The enumerator whose name is `text`; `otherwise` for one of a later version.
template <class Enum, std::size_t count>
Enum named(std::string_view text, const std::array<Enum, count>& values, Enum otherwise) {
    const auto found = std::ranges::find_if(values, [&](Enum value) { return to_string(value) == text; });
    return found == values.end() ? otherwise : *found;
}

ReportFinding read_finding(const json::value& value) {
    constexpr std::array severities{Severity::info, Severity::warning, Severity::error};
    const json::object& object = as_object(value);
    return {.code = read_text(object, "code"),
            .severity = named(read_text(object, "severity"), severities, Severity::error),
            .subject = read_text(object, "subject"),
            .message = read_text(object, "message"),
            .expected = read_text(object, "expected"),
            .actual = read_text(object, "actual"),
            .remedy = read_text(object, "remedy"),
            .owner = read_text(object, "owner")};
}

ReportChange read_change(const json::value& value) {
    constexpr std::array outcomes{Outcome::planned, Outcome::done, Outcome::failed, Outcome::not_tried};
    const json::object& object = as_object(value);
    return {.action = read_text(object, "action"),
            .store = read_text(object, "store"),
            .thumbprint = read_text(object, "thumbprint"),
            .outcome = named(read_text(object, "outcome"), outcomes, Outcome::not_tried),
            .detail = read_text(object, "detail")};
}

StorePlace read_place(const json::value& value) {
    const json::object& object = as_object(value);
    return {read_text(object, "store"), read_text(object, "location"),
            read_bool(object, "ours").value_or(false)};
}

ReportCertificate read_certificate(const json::value& value) {
    const json::object& object = as_object(value);
    return {.sha256 = read_text(object, "sha256"),
            .thumbprint = read_text(object, "thumbprint"),
            .subject = read_text(object, "subject"),
            .issuer = read_text(object, "issuer"),
            .not_before = read_time(object, "notBefore"),
            .not_after = read_time(object, "notAfter"),
            .self_signed = read_bool(object, "selfSigned"),
            .usage = read_all(object, "usage", read_item),
            .state = read_text(object, "state"),
            .allow = read_all(object, "allow", read_item),
            .restricted = read_bool(object, "restricted").value_or(false),
            .required = read_all(object, "requiredStores", read_item),
            .stores = read_all(object, "stores", read_place),
            .note = read_text(object, "note")};
}

std::optional<StateSummary> read_summary(const json::object& object, std::string_view key) {
    const json::value* value = member(object, key);
    if (value == nullptr) return std::nullopt;
    StateSummary out;
    out.policy_value = read_text(as_object(*value), "acceptTrustedPublisherCerts");
    out.certificates = read_all(as_object(*value), "certificates", [](const json::value& item) {
        return StateSummary::Placed{read_text(as_object(item), "sha256"),
                                    read_all(as_object(item), "stores", read_item)};
    });
    return out;
}

StatusReport read_report(const json::object& object) {
    constexpr std::array states{ComplianceState::compliant, ComplianceState::non_compliant,
                                ComplianceState::not_applicable, ComplianceState::unknown};
    const auto part = [&object](std::string_view key) {
        const json::value* value = member(object, key);
        return value == nullptr ? json::object() : as_object(*value);
    };
    StatusReport report;
    report.run_id = read_text(object, "runId");
    report.command = read_text(object, "command");
    report.time = read_time(object, "time").value_or(Timestamp{});
    report.what_if = read_bool(object, "whatIf").value_or(false);
    report.mode = read_text(object, "mode");
    report.endpoint_kind = read_text(part("endpoint"), "kind");
    report.endpoint_name = read_text(part("endpoint"), "name");
    report.agent_version = read_text(part("agent"), "version");
    report.settings_place = read_text(part("settings"), "place");
    report.settings_digest = read_text(part("settings"), "sha256");
    report.desired_state = read_summary(object, "desiredState");
    report.actual_state = read_summary(object, "actualState");
    report.in_desired_state = read_bool(object, "inDesiredState");
    report.state = named(read_text(object, "state"), states, ComplianceState::unknown);
    report.findings = read_all(object, "findings", read_finding);
    report.changes = read_all(object, "changes", read_change);
    report.certificates = read_all(object, "certificates", read_certificate);
    if (member(object, "distrust") != nullptr)
        report.distrust = {read_text(part("distrust"), "sha256"), read_text(part("distrust"), "id")};
    return report;
}

} // namespace

boost::json::value to_json(const StatusReport& report) {
    json::value endpoint;
    if (!report.endpoint_kind.empty())
        endpoint = json::object{{"kind", report.endpoint_kind}, {"name", report.endpoint_name}};
    json::object document{
        {"schemaVersion", report_schema_version},
        {"runId", report.run_id},
        {"command", report.command},
        {"time", to_rfc3339(report.time)},
        {"whatIf", report.what_if},
        {"mode", text_or_null(report.mode)},
        {"endpoint", std::move(endpoint)},
        {"agent", json::object{{"name", "wsus-trust-agent"}, {"version", report.agent_version}}},
        {"settings", json::object{{"place", text_or_null(report.settings_place)},
                                  {"sha256", text_or_null(report.settings_digest)}}},
        {"desiredState", summary(report.desired_state)},
        {"actualState", summary(report.actual_state)},
        {"inDesiredState", report.in_desired_state ? json::value(*report.in_desired_state) : json::value()},
        {"state", to_string(report.state)},
        {"exitCode", exit_code(report)},
        {"findings", all(report.findings, finding)},
        {"changes", all(report.changes, change)},
        {"certificates", all(report.certificates, certificate)}};
    if (report.distrust)
        document["distrust"] = json::object{{"sha256", report.distrust->sha256}, {"id", report.distrust->id}};
    return document;
}

Result<StatusReport> report_from_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = 16;
    json::error_code error;
    const json::value value = json::parse(text, error, {}, options);
    if (error) return fail(ErrorCode::invalid, "the stored report is not JSON: " + error.message());
    try {
        const json::object& object = as_object(value);
        const json::value* version = member(object, "schemaVersion");
        if (version == nullptr || !version->is_int64() || version->get_int64() != report_schema_version)
            return fail(ErrorCode::invalid, "the stored report has another schema version");
        return read_report(object);
    } catch (const WrongType&) {
        return fail(ErrorCode::invalid, "the stored report has a member of a wrong type");
    }
}

} // namespace wta
