#include "agent/reporting/log_format.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <fmt/chrono.h>
#include <spdlog/details/log_msg.h>

#include <chrono>
#include <string>

using namespace wta;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::sys_seconds some_time =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 10h + 47min + 5s;

// The line of one record, without its end. `east` is how far local time is before UTC.
std::string line(LogFormat format, const std::string& message,
                 spdlog::level::level_enum level = spdlog::level::info, std::chrono::minutes east = 0min) {
    spdlog::details::log_msg record(some_time + 7ms, spdlog::source_loc{"", 1, "not_in_root"}, "run-1", level,
                                    message);
    record.thread_id = 4711;
    spdlog::memory_buf_t out;
    make_log_formatter(format, [east](std::time_t time) {
        return fmt::gmtime(time + std::chrono::seconds(east).count());
    })->format(record, out);
    std::string text(out.data(), out.size());
    REQUIRE(text.ends_with('\n'));
    text.erase(text.find_last_not_of("\r\n") + 1);
    REQUIRE(text.find('\n') == std::string::npos);
    return text;
}

} // namespace

TEST_CASE("a line of text names time, level, run and code") {
    CHECK(line(LogFormat::text, "Root: done", spdlog::level::warn) ==
          "2026-11-22T10:47:05.007Z warning run-1 not_in_root Root: done");
    CHECK(
        line(LogFormat::text, "x", spdlog::level::err, 60min).starts_with("2026-11-22T10:47:05.007Z error "));
}

TEST_CASE("a line of JSON is one object with the same parts") {
    const auto value = boost::json::parse(line(LogFormat::json, R"(a "quoted" \ thing)", spdlog::level::err));
    CHECK(value == boost::json::value{{"code", "not_in_root"},
                                      {"level", "error"},
                                      {"message", R"(a "quoted" \ thing)"},
                                      {"runId", "run-1"},
                                      {"time", "2026-11-22T10:47:05.007Z"}});
}

TEST_CASE("a line for CMTrace has local time and the minutes to UTC") {
    CHECK(line(LogFormat::cmtrace, "Root: done") ==
          "<![LOG[not_in_root Root: done]LOG]!><time=\"10:47:05.007+000\" date=\"11-22-2026\" "
          "component=\"wsus-trust-agent\" context=\"run-1\" type=\"1\" thread=\"4711\" file=\"\">");
    const auto at = [](std::chrono::minutes east) {
        return line(LogFormat::cmtrace, "x", spdlog::level::info, east).substr(28);
    };
    CHECK(at(60min).starts_with("time=\"11:47:05.007-060\" date=\"11-22-2026\""));
    CHECK(at(-7h).starts_with("time=\"03:47:05.007+420\" date=\"11-22-2026\""));
    CHECK(at(5h + 45min).starts_with("time=\"16:32:05.007-345\" date=\"11-22-2026\""));
    CHECK(at(14h).starts_with("time=\"00:47:05.007-840\" date=\"11-23-2026\""));
}

TEST_CASE("CMTrace sees warnings and errors as such") {
    CHECK(line(LogFormat::cmtrace, "x", spdlog::level::warn).find("type=\"2\"") != std::string::npos);
    CHECK(line(LogFormat::cmtrace, "x", spdlog::level::err).find("type=\"3\"") != std::string::npos);
    CHECK(line(LogFormat::cmtrace, "x", spdlog::level::critical).find("type=\"3\"") != std::string::npos);
}

TEST_CASE("threat 30: no text ends the entry that CMTrace reads") {
    const std::string evil = "x]LOG]!><time=\"00:00:00.000+000\" type=\"1\">]LOG]!>]LOG]!>";
    const std::string text = line(LogFormat::cmtrace, evil, spdlog::level::err);
    const std::string mark = "]LOG]!>";
    CHECK(text.find(mark) == text.rfind(mark));
    CHECK(text.substr(text.rfind(mark)).find("type=\"3\"") != std::string::npos);
}
