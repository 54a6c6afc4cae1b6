#include "agent/cycle/distrust.h"
#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/open_endpoint.h"
#include "agent/commands/open_reporting.h"
#include "agent/commands/output.h"
#include "agent/commands/run_records.h"
#include "agent/platform/platform.h"
#include "agent/platform/utf8_path.h"
#include "common/base/hex.h"
#include "common/base/utf.h"
#include "common/certificate/container.h"
#include "common/settings/pin.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <thread>

namespace wta {
namespace {

namespace fs = std::filesystem;

// One certificate in any form in which people have it at hand: DER, PEM, or Base64 without markers.
Result<Bytes> unwrap_any(std::string_view input) {
    auto der = unwrap_certificate(as_byte_view(input));
    if (der || der.error().reason != ReasonCode::bare_base64) return der;
    return unwrap_certificate(*from_base64(input));
}

// A file where there is one of that name, otherwise the Base64 text itself.
Result<Bytes> read_given(const std::string& given) {
    std::error_code error;
    const fs::path typed = platform::path_from_utf8(given);
    if (!fs::is_regular_file(typed, error)) {
        if (fs::is_directory(typed, error)) return fail(ErrorCode::invalid, "it is a folder");
        auto der = unwrap_any(given);
        const bool text = !der && der.error().reason == ReasonCode::not_a_certificate && !from_base64(given);
        if (text) return fail(ErrorCode::not_found, "there is no file of that name, and it is no Base64");
        return der;
    }
    const auto content = platform::read_file(typed, max_input_size);
    if (!content) return std::unexpected(content.error());
    return unwrap_any(*content);
}

// The Base64 of a certificate has more than a thousand characters; paths are shown whole.
std::string in_short(const std::string& given) { return printable(given, 300); }

void take_given(const std::string& given, Distrust& what) {
    auto der = read_given(given);
    if (!der)
        what.der_problem =
            fmt::format("What --der names, \"{}\", is no certificate in a file or in Base64: {}",
                        in_short(given), der.error().message);
    else if (const Sha256 other = sha256_of(*der); other != what.sha256)
        what.der_problem =
            fmt::format("What --der names, \"{}\", has sha256 {}: it is another certificate, and nothing was "
                        "done with it.",
                        in_short(given), to_string(other));
    else
        what.der = *std::move(der);
}

void tell_that_it_waits() {
    std::fputs("wsus-trust-agent: another run of the agent is at work here; waiting for its end.\n", stderr);
    std::fflush(stderr);
}

// Whoever types this has no time to try again: a run that is at work, such as the resident's, is waited for
// until it must have ended.
Result<std::unique_ptr<Endpoint>> open_when_free(const Options& options, Use use, StatusReport& header) {
    constexpr auto longest = std::chrono::minutes(9); // of fetches: 3, and 5 for the last; and what follows
    constexpr auto pause = std::chrono::milliseconds(250);
    const auto end = std::chrono::steady_clock::now() + longest;
    auto endpoint = open_endpoint(options, use, header);
    if (!endpoint && endpoint.error().code == ErrorCode::busy) tell_that_it_waits();
    while (!endpoint && endpoint.error().code == ErrorCode::busy && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(pause);
        endpoint = open_endpoint(options, use, header);
    }
    return endpoint;
}

} // namespace

// Needs no settings; but a file that was named must exist, because the caller believes that it counts.
int run_distrust_command(const Options& options) {
    StatusReport header = report_header(options, "distrust");
    const auto sha256 = parse_pin(options.sha256);
    if (!sha256)
        return print(ended_early(header, {.code = ReasonCode::usage_error, .detail = sha256.error().message}),
                     options);
    if (const auto missing = missing_settings(options)) return print(ended_early(header, *missing), options);
    Distrust what{.sha256 = *sha256, .der = {}, .der_problem = {}};
    if (options.der) take_given(*options.der, what);
    const Use use = options.what_if ? Use::look : Use::change;
    auto endpoint = open_when_free(options, use, header);
    if (!endpoint) return print_recorded(not_opened(header, endpoint.error()), options);
    const auto log = open_command_log(**endpoint, use, options, header);
    const auto reporting = open_reporting(options, load_settings(options).settings,
                                          options.image ? nullptr : &(*endpoint)->registry(), header);
    const CycleRequest request{.kind = options.what_if ? CycleKind::what_if : CycleKind::repair,
                               .now = header.time,
                               .computer_name = computer_name_of(options),
                               .header = header};
    const StatusReport report = run_distrust(request, what, **endpoint);
    const int exit = show_run(report, *std::move(endpoint), log.get(), reporting.get(), options);
    deliver_reports(reporting.get());
    return exit;
}

} // namespace wta
