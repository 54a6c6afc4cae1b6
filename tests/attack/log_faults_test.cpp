// A log that cannot be written: a full disk, a folder that goes away.
#include "agent/reporting/log_file.h"
#include "tests/support/read_text.h"
#include "tests/support/sample_report.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <sstream>

using namespace wta;

namespace {

// Meanwhile what would go to stderr is kept.
class CaughtMessages {
public:
    CaughtMessages() : before_(spdlog::default_logger()) {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>(
            "caught", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream_)));
    }
    ~CaughtMessages() { spdlog::set_default_logger(before_); }
    CaughtMessages(const CaughtMessages&) = delete;
    CaughtMessages& operator=(const CaughtMessages&) = delete;

    [[nodiscard]] std::vector<std::string> lines() const { return test::lines_of(stream_.str()); }

private:
    std::ostringstream stream_;
    std::shared_ptr<spdlog::logger> before_;
};

} // namespace

TEST_CASE("threat 23: on a full disk lines are lost, that is said once, and nothing else happens") {
    const CaughtMessages caught;
    const auto log = LogFile::open("/dev/full", LogFormat::text).value();
    for (int i = 0; i < 100; ++i) log->write(test::sample_report());
    REQUIRE(caught.lines().size() == 1);
    CHECK(caught.lines().at(0).find("lines of the log are lost") != std::string::npos);
    CHECK(caught.lines().at(0).find("/dev/full") != std::string::npos);
}

TEST_CASE("threat 23: a folder of the log that goes away costs lines of the log") {
    const test::ScratchFolder folder;
    const CaughtMessages caught;
    const auto logs = folder.path() / "Logs";
    std::filesystem::create_directory(logs);
    const auto log = LogFile::open(logs / "resident.log", LogFormat::json).value();
    std::filesystem::remove_all(logs);
    test::write_text(logs, "no folder");
    for (int i = 0; i < 1'000; ++i) log->say(Severity::info, "x", std::string(8'000, 'x'));
    CHECK(caught.lines().size() == 1);
}
