#include "agent/reporting/log_format.h"

#include "common/report/json_text.h"

#include <boost/json.hpp>
#include <chrono>
#include <fmt/chrono.h>
#include <iterator>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <string>
#include <string_view>
#include <utility>

namespace wta {
namespace {

using spdlog::details::log_msg;

std::string_view view(spdlog::string_view_t text) { return {text.data(), text.size()}; }

std::string_view code_of(const log_msg& record) {
    return record.source.funcname == nullptr ? "-" : record.source.funcname;
}

std::string_view level_of(const log_msg& record) { return view(spdlog::level::to_string_view(record.level)); }

long long milliseconds_of(const log_msg& record) {
    using std::chrono::milliseconds;
    const auto since = std::chrono::floor<milliseconds>(record.time.time_since_epoch());
    return (since - std::chrono::floor<std::chrono::seconds>(since)).count();
}

void append_line(spdlog::memory_buf_t& out, std::string_view line) {
    const std::string_view end = spdlog::details::os::default_eol;
    out.append(line.data(), line.data() + line.size());
    out.append(end.data(), end.data() + end.size());
}

class JsonFormatter : public spdlog::formatter {
public:
    void format(const log_msg& record, spdlog::memory_buf_t& out) override {
        const std::string time =
            fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(spdlog::log_clock::to_time_t(record.time)),
                        milliseconds_of(record));
        append_line(out, to_compact_text(boost::json::object{{"time", time},
                                                             {"level", level_of(record)},
                                                             {"runId", view(record.logger_name)},
                                                             {"code", code_of(record)},
                                                             {"message", view(record.payload)}}));
    }
    [[nodiscard]] std::unique_ptr<formatter> clone() const override {
        return std::make_unique<JsonFormatter>();
    }
};

// Minutes from local time to UTC: Windows' Bias.
long long bias_of(const std::tm& local, std::time_t time) {
    using std::chrono::hours, std::chrono::minutes, std::chrono::seconds, std::chrono::sys_seconds;
    const std::chrono::sys_days day =
        std::chrono::year{local.tm_year + 1900} / (local.tm_mon + 1) / local.tm_mday;
    const sys_seconds as_if_utc = day + hours{local.tm_hour} + minutes{local.tm_min} + seconds{local.tm_sec};
    return std::chrono::floor<minutes>(sys_seconds{seconds{time}} - as_if_utc).count();
}

// CMTrace ends an entry at this mark, wherever it stands.
std::string without_end_mark(std::string text) {
    constexpr std::string_view mark = "]LOG]!>";
    constexpr std::string_view shown = "]LOG]!\\x3E";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + shown.size()))
        text.replace(at, mark.size(), shown);
    return text;
}

class CmtraceFormatter : public spdlog::formatter {
public:
    explicit CmtraceFormatter(LocalTime local_time) : local_time_(std::move(local_time)) {}

    void format(const log_msg& record, spdlog::memory_buf_t& out) override {
        const std::time_t time = spdlog::log_clock::to_time_t(record.time);
        const std::tm local = local_time_(time);
        append_line(out,
                    fmt::format("<![LOG[{}]LOG]!><time=\"{:%H:%M:%S}.{:03}{:+04}\" date=\"{:%m-%d-%Y}\" "
                                "component=\"wsus-trust-agent\" context=\"{}\" type=\"{}\" "
                                "thread=\"{}\" file=\"\">",
                                without_end_mark(fmt::format("{} {}", code_of(record), view(record.payload))),
                                local, milliseconds_of(record), bias_of(local, time), local,
                                view(record.logger_name), type_of(record), record.thread_id));
    }
    [[nodiscard]] std::unique_ptr<formatter> clone() const override {
        return std::make_unique<CmtraceFormatter>(local_time_);
    }

private:
    static int type_of(const log_msg& record) {
        if (record.level >= spdlog::level::err) return 3;
        return record.level == spdlog::level::warn ? 2 : 1;
    }

    LocalTime local_time_;
};

} // namespace

std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format, LocalTime local_time) {
    switch (format) {
    case LogFormat::text: break;
    case LogFormat::json: return std::make_unique<JsonFormatter>();
    case LogFormat::cmtrace: return std::make_unique<CmtraceFormatter>(std::move(local_time));
    }
    return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %n %! %v",
                                                       spdlog::pattern_time_type::utc);
}

} // namespace wta
