// Reads the command line, runs one command, and turns whatever it came to into an exit code.

#include "agent/commands/commands.h"
#include "agent/commands/output.h"
#include "agent/platform/platform.h"
#include "agent/platform/within.h"
#include "common/base/utf.h"

#include <cstdio>
#include <exception>
#include <openssl/crypto.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace wta {
namespace {

// stdout holds the answer and nothing else. Who asks with --for takes anything on stderr for an error.
void log_to_stderr(const Options& options) {
    auto logger = std::make_shared<spdlog::logger>("wsus-trust-agent",
                                                   std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(options.verbose ? spdlog::level::info : spdlog::level::warn);
    if (options.consumer) logger->set_level(spdlog::level::off);
    spdlog::set_default_logger(std::move(logger));
}

int run(const Options& options) {
    switch (options.command) {
    case Command::check:
    case Command::repair: return run_check_or_repair(options);
    case Command::undo: return run_undo_command(options);
    case Command::distrust: return run_distrust_command(options);
    case Command::status: return run_status(options);
    case Command::inspect: return run_inspect(options);
    case Command::pack: return run_pack(options);
    case Command::config_show: return run_config_show(options);
    case Command::config_validate: return run_config_validate(options);
    case Command::fleet: return run_fleet(options);
    case Command::version: return run_version(options);
    case Command::report_test: return run_report_test(options);
    case Command::run: return run_as_resident(options);
    case Command::service_install:
    case Command::service_uninstall:
    case Command::service_start:
    case Command::service_stop:
    case Command::service_status: return run_service_command(options);
    }
    return 2;
}

int print_usage(const ParsedOptions& parsed) {
    if (parsed.exit == 0) return print(parsed.text, 0);
    Options options;
    options.json = parsed.json;
    options.consumer = parsed.consumer;
    if (!parsed.json && !parsed.consumer) {
        std::fprintf(stderr, "wsus-trust-agent: %s\nRun 'wsus-trust-agent --help'.\n",
                     printable(parsed.text, 2'000).c_str());
        return parsed.exit;
    }
    return print(ended_early(report_header(options, ""),
                             {.code = ReasonCode::usage_error, .detail = printable(parsed.text, 2'000)}),
                 options);
}

int run_command_line(const ParsedOptions& parsed) {
    if (!parsed.options) return print_usage(parsed);
    log_to_stderr(*parsed.options);
    return run(*parsed.options);
}

// Memory ran out, or a library threw what its adapter does not know.
int print_unexpected(const ParsedOptions& parsed, const char* what) {
    Options options;
    options.json = parsed.json;
    options.consumer = parsed.consumer;
    return print(ended_early(report_header(options, ""),
                             {.code = ReasonCode::change_failed,
                              .detail = std::string("An unexpected error ended the run: ") + what}),
                 options);
}

int run_process(int argc, const char* const* argv) {
    const platform::Process process;
    // No configuration file of OpenSSL counts: whoever can write one would own this process (CVE-2025-27237
    // and others).
    // Nor is OpenSSL taken apart at the end: the system does that faster.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    ParsedOptions parsed;
    try {
        parsed = parse_options(platform::arguments(argc, argv));
        return run_command_line(parsed);
    } catch (const std::exception& error) {
        return print_unexpected(parsed, error.what());
    }
}

} // namespace
} // namespace wta

int main(int argc, char** argv) {
    const int exit = wta::run_process(argc, argv);
    if (wta::abandoned_workers() == 0) return exit;
    std::fflush(nullptr); // a worker that cannot be stopped still uses what leaving main() would tear down
    wta::platform::end_now(exit);
}
