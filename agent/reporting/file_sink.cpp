#include "agent/reporting/file_sink.h"

#include "agent/platform/platform.h"
#include "agent/platform/utf8_path.h"
#include "agent/reporting/report_file.h"
#include "agent/reporting/report_origin.h"
#include "common/base/utf.h"
#include "common/certificate/digest.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace wta {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view setting = "report.file.path";
constexpr std::string_view placeholder = "{host}";
constexpr std::size_t max_name = 100;
constexpr std::size_t digest_digits = 8;

bool is_kept(char32_t c) {
    return (c >= U'0' && c <= U'9') || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z') || c == U'.' ||
           c == U'_' || c == U'-';
}

// Microsoft, "Naming Files, Paths, and Namespaces": reserved in any letter case, with any extension.
bool is_device(std::string_view stem) {
    constexpr std::array names{"CON", "PRN", "AUX", "NUL"};
    std::string upper(stem);
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (std::ranges::find(names, upper) != names.end()) return true;
    return upper.size() == 4 && (upper.starts_with("COM") || upper.starts_with("LPT")) && upper[3] >= '0' &&
           upper[3] <= '9';
}

bool is_share(std::string_view path) { return path.starts_with(R"(\\)") || path.starts_with("//"); }

} // namespace

std::string file_name_of(std::string_view name) {
    std::string out;
    for (std::size_t at = 0; at < name.size();) {
        const auto character = next_character(name, at);
        out += character && is_kept(*character) ? static_cast<char>(*character) : '_';
    }
    if (out.starts_with('.')) out.front() = '_';
    if (out.ends_with('.')) out.back() = '_'; // Windows would leave it out
    const std::size_t stem = std::min(out.find('.'), out.size());
    if (is_device(std::string_view(out).substr(0, stem))) out.insert(stem, 1, '_');
    if (out == name && !name.empty() && name.size() <= max_name) return out;
    const std::string digits = to_string(sha256_of(as_byte_view(name))).substr(0, digest_digits);
    return fmt::format("{}-{}", out.substr(0, max_name - digest_digits - 1), digits);
}

std::string FileSink::target() const { return printable(options_.path); }

Result<fs::path> FileSink::place_of(const OutgoingReport& report) const {
    const bool share = is_share(options_.path);
    if (share && !platform::can_read_shares())
        return fail(ErrorCode::invalid,
                    fmt::format("shares are written by Windows only; mount \"{}\" and give {} its path here",
                                printable(options_.path), setting));
    std::string path = options_.path;
    const std::string host = file_name_of(origin_of(report.report, options_.computer).name);
    for (std::size_t at = 0; (at = path.find(placeholder, at)) != std::string::npos; at += host.size())
        path.replace(at, placeholder.size(), host);
    fs::path file = platform::path_from_utf8(path);
    // A link that others plant in the folder could lead the write elsewhere. Of a share only its server
    // knows.
    if (!share)
        if (auto problem = options_.unprotected(file.parent_path()))
            return fail(
                ErrorCode::invalid,
                fmt::format("reports are not written where others could lead the write elsewhere ({}); let "
                            "only administrators write there, or correct {}",
                            *problem, setting));
    return file;
}

Delivery FileSink::deliver(const OutgoingReport& report, std::chrono::steady_clock::time_point /*deadline*/) {
    const auto place = place_of(report);
    if (!place) return {.kind = Delivery::Kind::later, .detail = printable(place.error().message)};
    return put_file(*place, report.json + "\n", setting);
}

Delivery FileSink::test(const OutgoingReport& report, std::chrono::steady_clock::time_point /*deadline*/) {
    const auto place = place_of(report);
    if (!place) return {.kind = Delivery::Kind::later, .detail = printable(place.error().message)};
    return try_file(*place, report.json + "\n", setting);
}

} // namespace wta
