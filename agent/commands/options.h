// The command line as a value.
#pragma once

#include "common/report/consumer_answer.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wta {

enum class Command {
    check,
    repair,
    undo,
    distrust,
    status,
    inspect,
    pack,
    config_show,
    config_validate,
    fleet,
    version,
    report_test,
    run,
    service_install,
    service_uninstall,
    service_start,
    service_stop,
    service_status
};

// Of the command fleet.
struct FleetOptions {
    std::string folder;
    std::optional<std::string> page;  // --html
    std::optional<std::string> ready; // as typed, as the following; at most one of the two
    std::optional<std::string> gone;
    std::optional<std::chrono::milliseconds> exclude_silent;       // of --ready
    std::chrono::milliseconds silent_after = std::chrono::days(3); // heartbeats come daily
};

// Of the command pack.
struct PackOptions {
    std::vector<std::string> sources;
    std::string folder;             // --output-dir
    std::vector<std::string> allow; // of expired, no_eku, ca_certificate
    std::string note;
};

struct Options {
    Command command{};
    std::optional<std::string> config;
    std::optional<std::string> image;
    std::vector<std::string> set; // KEY=VALUE, valid
    bool json = false;
    bool csv = false; // of fleet
    bool quiet = false;
    bool verbose = false;
    bool what_if = false;
    std::optional<Consumer> consumer; // of check: it owns what is printed, and the exit code
    bool scheduled = false;
    std::optional<std::string> adopt; // of repair, as typed
    bool origin = false;              // of config show
    std::string source;               // of inspect
    std::string sha256;               // of distrust, as typed
    std::optional<std::string> der;   // of distrust: a file, or Base64
    FleetOptions fleet;
    PackOptions pack;
};

// What reading the command line came to: options, or a text and an exit code (help: 0 on stdout; an error: 2
// on stderr).
struct ParsedOptions {
    std::optional<Options> options;
    std::string text;
    int exit = 0;
    bool json = false;                  // --output json was asked for, as far as one can tell
    std::optional<Consumer> consumer{}; // and --for
};

// `arguments` begin with the name of the program.
[[nodiscard]] ParsedOptions parse_options(const std::vector<std::string>& arguments);

} // namespace wta
