#include "common/report/consumer_answer.h"

#include "common/base/utf.h"
#include "common/report/report_text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>
#include <vector>

namespace wta {
namespace {

constexpr std::array<std::pair<std::string_view, Consumer>, 3> names{
    {{"configmgr", Consumer::configmgr}, {"intune", Consumer::intune}, {"nagios", Consumer::nagios}}};

std::ptrdiff_t count(const StatusReport& report, Severity severity) {
    return std::ranges::count(report.findings, severity, &ReportFinding::severity);
}

// The codes of what is not right, then the gravest of it in words.
std::string reasons(const StatusReport& report) {
    std::vector<std::string> codes;
    for (const ReportFinding& finding : report.findings)
        if (finding.severity != Severity::info && std::ranges::find(codes, finding.code) == codes.end())
            codes.push_back(finding.code);
    if (codes.empty()) return {};
    const ReportFinding& gravest = report.findings.front();
    return fmt::format("{}. {}{}{} Do: {}", fmt::join(codes, ", "), gravest.subject,
                       gravest.subject.empty() ? "" : ": ", gravest.message, gravest.remedy);
}

std::string one_line(const std::string& text) { return printable(text, max_consumer_line); }

ConsumerAnswer answer_to_configmgr(const StatusReport& report) {
    if (exit_code(report) == 0) return {.line = "Compliant"};
    return {.line = one_line("NonCompliant: " + reasons(report))};
}

ConsumerAnswer answer_to_intune(const StatusReport& report) {
    const bool right = exit_code(report) == 0;
    std::string why = reasons(report);
    if (!why.empty()) why = ": " + why;
    return {.line = one_line((right ? "Compliant" : "NonCompliant") + why), .exit = right ? 0 : 1};
}

// Of the trusted certificate that expires first.
std::optional<std::chrono::days> days_left(const StatusReport& report) {
    std::optional<Timestamp> first;
    for (const ReportCertificate& certificate : report.certificates)
        if (certificate.state == "trusted" && certificate.not_after &&
            (!first || *certificate.not_after < *first))
            first = certificate.not_after;
    if (!first) return std::nullopt;
    return std::chrono::floor<std::chrono::days>(*first - report.time);
}

std::pair<std::string_view, int> nagios_state(const StatusReport& report) {
    if (!report.in_desired_state) return {"UNKNOWN", 3};
    if (exit_code(report) != 0) return {"CRITICAL", 2};
    if (count(report, Severity::warning) > 0) return {"WARNING", 1};
    return {"OK", 0};
}

ConsumerAnswer answer_to_nagios(const StatusReport& report) {
    const auto [word, exit] = nagios_state(report);
    std::string data = fmt::format(" | errors={};;0;0 warnings={};0;;0", count(report, Severity::error),
                                   count(report, Severity::warning));
    if (const auto days = days_left(report)) data += fmt::format(" days_left={};90:;0:", days->count());
    std::string why = reasons(report);
    std::ranges::replace(why, '|', '/'); // it begins the performance data
    const std::string text =
        fmt::format("WSUS TRUST {} - {}", word, why.empty() ? to_string(report.state) : why);
    return {.line = printable(text, max_consumer_line - data.size()) + data, .exit = exit};
}

} // namespace

std::optional<Consumer> consumer_from(std::string_view word) {
    const auto known = std::ranges::find(names, word, &std::pair<std::string_view, Consumer>::first);
    if (known == names.end()) return std::nullopt;
    return known->second;
}

ConsumerAnswer answer_to(Consumer consumer, const StatusReport& report) {
    switch (consumer) {
    case Consumer::configmgr: return answer_to_configmgr(report);
    case Consumer::intune: return answer_to_intune(report);
    case Consumer::nagios: return answer_to_nagios(report);
    }
    std::unreachable();
}

} // namespace wta
