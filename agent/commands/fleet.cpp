#include "agent/commands/commands.h"
#include "agent/commands/output.h"
#include "agent/commands/read_reports.h"
#include "agent/platform/durable_file.h"
#include "agent/platform/platform.h"
#include "agent/platform/utf8_path.h"
#include "common/base/utf.h"
#include "common/fleet/fleet_csv.h"
#include "common/fleet/fleet_json.h"
#include "common/fleet/fleet_page.h"
#include "common/fleet/fleet_text.h"
#include "common/fleet/readiness_text.h"
#include "common/settings/pin.h"

#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

namespace wta {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view default_page = "fleet.html";

// Where the page goes; nothing: none is wanted, because an answer for scripts or to one question is.
std::optional<fs::path> page_file(const Options& options) {
    const FleetOptions& fleet = options.fleet;
    if (fleet.page) return platform::path_from_utf8(*fleet.page);
    const bool bare = !options.json && !options.csv && !fleet.ready && !fleet.gone;
    return bare ? std::optional(platform::path_from_utf8(default_page)) : std::nullopt;
}

int print_page_failure(const fs::path& file, const Error& error) {
    std::fputs(fmt::format("wsus-trust-agent: the page was not written to \"{}\": {}. Name another file with "
                           "--html.\n",
                           printable(platform::absolute_name(file)), error.message)
                   .c_str(),
               stderr);
    return 8;
}

int print_summary(const Options& options, const Fleet& fleet, const FleetSummary& summary,
                  const std::string& page) {
    if (options.json) return print(to_json_text(fleet, summary), 0);
    if (options.csv) return print(to_csv(fleet, summary), 0);
    if (options.quiet) return print(to_line(fleet, summary) + "\n", 0);
    return print(to_text(fleet, summary, text_style()) + page, 0);
}

int print_answer(const Options& options, const Fleet& fleet, const FleetSummary& summary,
                 const FleetAnswer& answer, const std::string& page) {
    const int exit = answer.proven() ? 0 : 1;
    if (options.json) return print(to_json_text(fleet, summary, answer), exit);
    if (options.csv) return print(to_csv(fleet, answer), exit);
    if (options.quiet) return print(to_line(answer) + "\n", exit);
    return print(to_text(fleet, summary, answer, text_style()) + page, exit);
}

// Nothing: no question was asked. Errors: what should be a SHA-256 is none.
Result<std::optional<FleetAnswer>> asked(const FleetOptions& options, const Fleet& fleet, Timestamp now) {
    const auto& typed = options.ready ? options.ready : options.gone;
    if (!typed) return std::nullopt;
    const auto sha256 = parse_pin(*typed);
    if (!sha256) return std::unexpected(sha256.error());
    if (options.gone) return ask_whether_gone(fleet, *sha256);
    return ask_whether_ready(fleet, *sha256, now, options.exclude_silent);
}

// A table in place of the lines that a script waits for would be read as such.
int end_early(const Options& options, const StatusReport& header, const Finding& finding) {
    const StatusReport report = ended_early(header, finding);
    if (!options.csv) return print(report, options);
    std::fputs(to_text(report, {}).c_str(), stderr);
    return exit_code(report);
}

// The line that says where the page is; empty: none is wanted, or it could not be written, which is told.
std::string write_page(const Options& options, const Fleet& fleet, const FleetSummary& summary, int& exit) {
    const auto file = page_file(options);
    if (!file) return {};
    const std::string page =
        to_html(fleet, summary, platform::absolute_name(platform::path_from_utf8(options.fleet.folder)));
    const auto written = platform::write_whole(*file, page, platform::Readers::everybody);
    if (written) return fmt::format("\nThe page is {}.\n", printable(platform::absolute_name(*file)));
    exit = print_page_failure(*file, written.error());
    return {};
}

} // namespace

int run_fleet(const Options& options) {
    const StatusReport header = report_header(options, "fleet");
    if (const auto mistake = asked(options.fleet, {}, header.time); !mistake)
        return end_early(options, header,
                         {.code = ReasonCode::usage_error, .detail = mistake.error().message});
    const auto fleet = read_reports(platform::path_from_utf8(options.fleet.folder), header.time);
    if (!fleet)
        return end_early(options, header,
                         {.code = ReasonCode::reports_not_readable,
                          .subject = printable(options.fleet.folder),
                          .detail = fleet.error().message});
    const FleetSummary summary = summarize(*fleet, header.time, options.fleet.silent_after);
    int page_exit = 0;
    const std::string page_line = write_page(options, *fleet, summary, page_exit);
    const auto answer = asked(options.fleet, *fleet, header.time);
    const int exit = answer && *answer ? print_answer(options, *fleet, summary, **answer, page_line)
                                       : print_summary(options, *fleet, summary, page_line);
    return exit == 0 ? page_exit : exit;
}

} // namespace wta
