// The log file of the agent: what each run found, changed and came to; never in the way of the run.
#pragma once

#include "agent/reporting/log_format.h"
#include "common/base/result.h"
#include "common/report/status_report.h"

#include <filesystem>
#include <memory>
#include <spdlog/sinks/sink.h>
#include <string>

namespace wta {

// Lines that cannot be written (a full disk, a file that somebody else keeps open) are lost; that is said
// once on stderr. One process writes a file at a time; its threads may write at once.
class LogFile {
public:
    // Appends to `file`, whose folder exists and is protected (system_log_file()). At 1 MiB it becomes
    // NAME.1.EXTENSION, of which five are kept. Errors: io.
    [[nodiscard]] static Result<std::unique_ptr<LogFile>> open(const std::filesystem::path& file,
                                                               LogFormat format);

    // One line for each finding and each change, and one for the outcome.
    void write(const StatusReport& report);

    // Anything else that is worth a line: "started", "the settings were read again". `code` is one word.
    void say(Severity severity, const std::string& code, std::string_view message);

private:
    explicit LogFile(spdlog::sink_ptr sink) : sink_(std::move(sink)) {}

    spdlog::sink_ptr sink_;
    std::shared_ptr<bool> told_ = std::make_shared<bool>(false); // that lines are lost
};

// What a run gets that wants a log of this name.
struct OpenedLog {
    std::unique_ptr<LogFile> file;  // null: this system has none, or it cannot be written
    std::optional<Finding> problem; // for the report of the run
};

// Says on stderr why there is none, where there should be one.
[[nodiscard]] OpenedLog open_log(const std::string& name, LogFormat format);

} // namespace wta
