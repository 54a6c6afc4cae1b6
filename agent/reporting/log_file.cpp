#include "agent/reporting/log_file.h"

#include "agent/reporting/system_records.h"
#include "common/base/utf.h"
#include "common/report/report_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>
#include <utility>

namespace wta {
namespace {

constexpr std::size_t file_size = 1024 * 1024;
constexpr std::size_t kept_files = 5;
constexpr std::size_t max_message = 8'192;
constexpr const char* no_run = "-";

spdlog::level::level_enum level_of(Severity severity) {
    switch (severity) {
    case Severity::info: return spdlog::level::info;
    case Severity::warning: return spdlog::level::warn;
    case Severity::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

// Writes the lines of one run.
class Lines {
public:
    Lines(const std::string& run, spdlog::sink_ptr sink, const std::shared_ptr<bool>& told)
        : logger_(run, std::move(sink)) {
        logger_.set_error_handler([told](const std::string& why) {
            if (std::exchange(*told, true)) return;
            spdlog::warn("lines of the log are lost: {}", printable(why));
        });
    }
    ~Lines() { logger_.flush(); }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    void add(Severity severity, const std::string& code, std::string_view message) {
        const std::string word = printable(code);
        const std::string line = printable(message, max_message);
        logger_.log(spdlog::source_loc{"", 1, word.c_str()}, level_of(severity), spdlog::string_view_t(line));
    }

private:
    spdlog::logger logger_;
};

std::string text_of(const ReportFinding& finding) {
    std::string text =
        finding.subject.empty() ? finding.message : fmt::format("{}: {}", finding.subject, finding.message);
    if (!finding.owner.empty()) text += fmt::format(" Owner: {}.", finding.owner);
    return text;
}

std::string text_of(const ReportChange& change) {
    std::string text = change.store;
    if (!change.thumbprint.empty()) text += " " + change.thumbprint;
    text += fmt::format(": {}", to_string(change.outcome));
    if (!change.detail.empty()) text += fmt::format(" ({})", change.detail);
    return text;
}

Severity severity_of(const ReportChange& change) {
    const bool went_wrong = change.outcome == Outcome::failed || change.outcome == Outcome::not_tried;
    return went_wrong ? Severity::error : Severity::info;
}

} // namespace

Result<std::unique_ptr<LogFile>> LogFile::open(const std::filesystem::path& file, LogFormat format) {
    try {
        const std::u8string name = file.u8string();
        auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
            std::string(name.begin(), name.end()), file_size, kept_files);
        sink->set_formatter(
            make_log_formatter(format, [](std::time_t time) { return fmt::localtime(time); }));
        return std::unique_ptr<LogFile>(new LogFile(std::move(sink)));
    } catch (const std::exception& error) {
        return fail(ErrorCode::io, fmt::format("open the log: {}", printable(error.what())));
    }
}

void LogFile::write(const StatusReport& report) {
    Lines lines(report.run_id, sink_, told_);
    for (const ReportFinding& finding : report.findings)
        lines.add(finding.severity, finding.code, text_of(finding));
    for (const ReportChange& change : report.changes)
        lines.add(severity_of(change), change.action, text_of(change));
    const int exit = exit_code(report);
    lines.add(exit == 0 ? Severity::info : Severity::error, report.command,
              fmt::format("{}: {}, exit code {}", report.endpoint_name, outcome_word(report), exit));
}

void LogFile::say(Severity severity, const std::string& code, std::string_view message) {
    Lines(no_run, sink_, told_).add(severity, code, message);
}

OpenedLog open_log(const std::string& name, LogFormat format) {
    const auto place = system_log_file(name);
    if (place && !*place) return {};
    auto file = place ? LogFile::open(**place, format) : std::unexpected(place.error());
    if (file) return {.file = *std::move(file), .problem = {}};
    spdlog::warn("no log is written: {}", file.error().message);
    if (file.error().reason != ReasonCode::log_not_protected) return {};
    return {.file = nullptr,
            .problem = Finding{.code = ReasonCode::log_not_protected,
                               .subject = name,
                               .detail = file.error().message + "; so no log is written"}};
}

} // namespace wta
