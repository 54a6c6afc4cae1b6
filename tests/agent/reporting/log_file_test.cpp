#include "agent/reporting/log_file.h"

#include "common/base/utf.h"
#include "tests/support/read_text.h"
#include "tests/support/sample_report.h"
#include "tests/support/scratch_folder.h"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <thread>

using namespace wta;
using namespace std::string_literals;

namespace {

std::vector<std::string> lines_in(const std::filesystem::path& file) {
    return test::lines_of(test::read_text(file.string()));
}

} // namespace

TEST_CASE("a run leaves a line for each finding, each change and the outcome") {
    const test::ScratchFolder folder;
    const auto file = folder.path() / "commands.log";
    const StatusReport report = test::sample_report();
    LogFile::open(file, LogFormat::text).value()->write(report);
    const auto lines = lines_in(file);
    REQUIRE(lines.size() == report.findings.size() + report.changes.size() + 1);
    for (const std::string& line : lines) CHECK(line.find(" " + report.run_id + " ") != std::string::npos);
    CHECK(lines.at(0).find(" error ") != std::string::npos);
    CHECK(lines.at(0).find(" not_in_trusted_publisher " + std::string(64, 'a') + ": The certificate") !=
          std::string::npos);
    CHECK(lines.at(2).find(" warning ") != std::string::npos);
    CHECK(lines.at(4).find(" info ") != std::string::npos);
    CHECK(lines.at(4).find(" addCertificate TrustedPublisher " + std::string(40, 'A') + ": planned") !=
          std::string::npos);
    CHECK(lines.at(6).find(" repair " + report.endpoint_name + ": NonCompliant, exit code 1") !=
          std::string::npos);
}

TEST_CASE("a log is appended to by the next process") {
    const test::ScratchFolder folder;
    const auto file = folder.path() / "resident.log";
    LogFile::open(file, LogFormat::json).value()->say(Severity::info, "started", "one");
    LogFile::open(file, LogFormat::json).value()->say(Severity::error, "stopped", "two");
    const auto lines = lines_in(file);
    REQUIRE(lines.size() == 2);
    const auto last = boost::json::parse(lines.at(1));
    CHECK(last.at("level") == "error");
    CHECK(last.at("code") == "stopped");
    CHECK(last.at("runId") == "-");
}

TEST_CASE("a log stays below six files of a megabyte") {
    const test::ScratchFolder folder;
    const auto log = LogFile::open(folder.path() / "resident.log", LogFormat::text).value();
    for (int i = 0; i < 2'000; ++i) log->say(Severity::info, "x", std::string(8'000, 'x'));
    CHECK(folder.names() == std::vector<std::string>{"resident.1.log", "resident.2.log", "resident.3.log",
                                                     "resident.4.log", "resident.5.log", "resident.log"});
    for (const std::string& name : folder.names())
        CHECK(std::filesystem::file_size(folder.path() / name) <= 1024 * 1024);
}

TEST_CASE("threat 30: hostile text is one line in every format") {
    const std::string evil =
        "a\r\n2026-01-01T00:00:00.000Z info - x forged\x1b[31m\0\x7f\xff\xE2\x80\xAE\"],\\"s;
    for (const LogFormat format : {LogFormat::text, LogFormat::json, LogFormat::cmtrace}) {
        const test::ScratchFolder folder;
        const auto file = folder.path() / "commands.log";
        StatusReport report = test::compliant_report();
        report.endpoint_name = evil;
        report.command = evil;
        report.findings = {{.code = evil,
                            .severity = Severity::error,
                            .subject = evil,
                            .message = evil,
                            .expected = {},
                            .actual = {},
                            .remedy = {},
                            .owner = evil}};
        report.changes = {{evil, evil, evil, Outcome::failed, evil + std::string(100'000, 'x')}};
        LogFile::open(file, format).value()->write(report);
        const auto lines = lines_in(file);
        REQUIRE(lines.size() == 3);
        for (std::string line : lines) {
            if (line.ends_with('\r')) line.pop_back();
            CHECK(line.size() < 10'000);
            CHECK(line == printable(line, 20'000));
            if (format == LogFormat::json) CHECK(boost::json::parse(line).is_object());
        }
    }
}

TEST_CASE("lines of threads that log at once stay whole") {
    const test::ScratchFolder folder;
    const auto file = folder.path() / "resident.log";
    const auto log = LogFile::open(file, LogFormat::json).value();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&log] {
            for (int n = 0; n < 100; ++n) log->write(test::sample_report());
        });
    for (std::thread& thread : threads) thread.join();
    const auto lines = lines_in(file);
    CHECK(lines.size() == 4 * 100 * 7);
    for (const std::string& line : lines) CHECK(boost::json::parse(line).is_object());
}

TEST_CASE("a log that cannot be opened is an error, not an exception") {
    const test::ScratchFolder folder;
    std::filesystem::create_directory(folder.path() / "commands.log");
    const auto log = LogFile::open(folder.path() / "commands.log", LogFormat::text);
    REQUIRE_FALSE(log);
    CHECK(log.error().code == ErrorCode::io);
    CHECK(log.error().message.find("commands.log") != std::string::npos);
}
