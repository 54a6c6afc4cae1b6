// Reads the command line, runs one command, and turns whatever it came to into an exit code.

#include "agent/commands/commands.h"
#include "agent/commands/output.h"
#include "agent/transport/within.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <openssl/crypto.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace wta {
namespace {

// stdout holds the answer and nothing else.
void log_to_stderr(bool verbose) {
    auto logger = std::make_shared<spdlog::logger>("wsus-trust-agent",
                                                   std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(verbose ? spdlog::level::info : spdlog::level::warn);
    spdlog::set_default_logger(std::move(logger));
}

int run(const Options& options) {
    switch (options.command) {
    case Command::check:
    case Command::repair: return run_check_or_repair(options);
    case Command::undo: return run_undo_command(options);
    case Command::status: return run_status(options);
    case Command::inspect: return run_inspect(options);
    case Command::config_show: return run_config_show(options);
    case Command::config_validate: return run_config_validate(options);
    case Command::version: return run_version(options);
    }
    return 2;
}

int print_usage(const ParsedOptions& parsed) {
    if (parsed.exit == 0) return print(parsed.text, 0);
    Options options;
    options.json = parsed.json;
    if (!parsed.json) {
        std::fprintf(stderr, "wsus-trust-agent: %s\nRun 'wsus-trust-agent --help'.\n", parsed.text.c_str());
        return parsed.exit;
    }
    return print(
        ended_early(report_header(options, ""), {.code = ReasonCode::usage_error, .detail = parsed.text}),
        options);
}

int guarded_main(int argc, char** argv) {
    // No configuration file of OpenSSL counts: whoever can write one would own this process (CVE-2025-27237
    // and others).
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    const ParsedOptions parsed = parse_options(argc, argv);
    if (!parsed.options) return print_usage(parsed);
    log_to_stderr(parsed.options->verbose);
    return run(*parsed.options);
}

} // namespace
} // namespace wta

int main(int argc, char** argv) {
    int exit = 8;
    try {
        exit = wta::guarded_main(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "wsus-trust-agent: an unexpected error: %s\n", error.what());
    }
    if (wta::abandoned_workers() == 0) return exit;
    std::fflush(nullptr); // a worker that cannot be stopped still uses what leaving main() would tear down
    std::_Exit(exit);
}
