#include "agent/commands/read_reports.h"

#include "agent/platform/platform.h"
#include "common/base/utf.h"
#include "common/fleet/fleet_builder.h"
#include "common/report/report_json.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <span>
#include <thread>

namespace wta {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_report = 1024 * 1024; // bytes; a report has a few thousand
constexpr std::size_t batch = 512;              // whole reports in memory at a time
constexpr unsigned most_threads = 8;

struct ReportFile {
    fs::path path;
    std::string name; // UTF-8
};

std::string utf8(const fs::path& path) {
    const std::u8string text = path.u8string();
    return {text.begin(), text.end()};
}

bool ends_in_json(std::string_view name) {
    constexpr std::string_view wanted = ".json";
    if (name.size() <= wanted.size()) return false;
    return std::ranges::equal(name.substr(name.size() - wanted.size()), wanted,
                              [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

std::unexpected<Error> folder_failure(const fs::path& folder, const std::error_code& error) {
    return refuse(ReasonCode::reports_not_readable,
                  fmt::format("the folder \"{}\" cannot be read: {} ({})", printable(utf8(folder)),
                              printable(error.message()), error.value()),
                  ErrorCode::io, error.value());
}

Result<std::vector<ReportFile>> list_reports(const fs::path& folder) {
    std::vector<ReportFile> files;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::string name = utf8(entry->path().filename());
        std::error_code unknown; // what cannot be examined is tried, and told
        if (name.starts_with('.') || !ends_in_json(name) || entry->is_directory(unknown)) continue;
        files.push_back({entry->path(), std::move(name)});
    }
    if (error) return folder_failure(folder, error);
    std::ranges::sort(files, {}, &ReportFile::name); // the same answer, whatever the order of the folder
    return files;
}

// What is wrong, in words that need no path: the file is named beside it.
Result<StatusReport> read_report(const ReportFile& file) {
    const auto text = platform::read_file(file.path, max_report);
    if (!text && text.error().code == ErrorCode::too_large)
        return fail(ErrorCode::too_large, "it is larger than 1 MiB, which no report is");
    if (!text) return std::unexpected(text.error());
    auto report = report_from_json(*text);
    if (report) return report;
    // Where a report is read from is no business of its reader, which says "the stored report".
    constexpr std::string_view subject = "the stored report ";
    std::string why = printable(report.error().message);
    if (why.starts_with(subject)) why = "it " + why.substr(subject.size());
    return fail(ErrorCode::invalid, std::move(why));
}

// The folder is where time goes when it is on a server, parsing when it is not; both have room for several.
void read_batch(std::span<const ReportFile> files, std::span<Result<StatusReport>> reports) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < files.size(); i = next++) reports[i] = read_report(files[i]);
    };
    const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads && files.size() > 1; ++i) others.emplace_back(work);
    work();
}

} // namespace

Result<Fleet> read_reports(const fs::path& folder, Timestamp now) {
    const auto files = list_reports(folder);
    if (!files) return std::unexpected(files.error());
    FleetBuilder builder(now);
    std::vector<Result<StatusReport>> reports(std::min(batch, files->size()));
    for (std::size_t start = 0; start < files->size(); start += batch) {
        const auto some = std::span(*files).subspan(start, std::min(batch, files->size() - start));
        read_batch(some, reports);
        for (std::size_t i = 0; i < some.size(); ++i) builder.add(some[i].name, reports[i]);
    }
    return std::move(builder).finish();
}

} // namespace wta
