#include "agent/commands/output.h"

#include "agent/commands/run_id.h"
#include "agent/platform/platform.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace wta {

TextStyle text_style() {
    const platform::Terminal terminal = platform::standard_output();
    const char* no_color = std::getenv("NO_COLOR"); // no-color.org: present and not empty
    const char* term = std::getenv("TERM");
    const bool dumb = term != nullptr && std::string_view(term) == "dumb";
    TextStyle style;
    style.color = terminal.colors && !dumb && (no_color == nullptr || *no_color == '\0');
    if (terminal.width > 0) style.width = static_cast<std::size_t>(terminal.width);
    return style;
}

StatusReport report_header(const Options& options, const std::string& command) {
    const auto now = std::chrono::system_clock::now();
    StatusReport report;
    report.run_id = make_run_id(now);
    report.command = command;
    report.time = std::chrono::floor<std::chrono::seconds>(now);
    report.what_if = options.what_if;
    report.agent_version = agent_version;
    return report;
}

int print(const std::string& text, int exit) {
    const bool written =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (written) return exit;
    std::fputs("wsus-trust-agent: the result could not be written to standard output.\n", stderr);
    return exit == 0 ? 8 : exit;
}

int print(const boost::json::value& document, int exit) { return print(to_indented_text(document), exit); }

int print(const StatusReport& report, const Options& options) {
    if (options.consumer) {
        const ConsumerAnswer answer = answer_to(*options.consumer, report);
        return print(answer.line + "\n", answer.exit);
    }
    const int exit = exit_code(report);
    if (options.json) return print(to_json(report), exit);
    if (options.quiet) return print(to_line(report) + "\n", exit);
    return print(to_text(report, text_style()), exit);
}

} // namespace wta
