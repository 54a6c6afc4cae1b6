// Finds the settings file and reads it; refuses one that ordinary users could have changed.
#pragma once

#include "agent/commands/options.h"
#include "agent/transport/transports.h"
#include "common/settings/settings_reader.h"
#include "common/trust/assessment.h"

#include <string>
#include <vector>

namespace wta {

struct LoadedSettings {
    Settings settings;
    std::string place;                  // the file; empty: there is none
    std::string digest;                 // SHA-256 of its text
    std::vector<Finding> problems;      // not empty: the settings must not be used
    std::vector<std::string> looked_at; // where a file was looked for
};

// --config FILE, else agent.yaml beside the program, else platform::shared_settings_file(), else the
// defaults.
[[nodiscard]] LoadedSettings load_settings(const Options& options);

// For commands that need no settings: a file that was named and does not exist is told all the same, because
// the caller believes that it counts.
[[nodiscard]] std::optional<Finding> missing_settings(const Options& options);

[[nodiscard]] TransportOptions transport_options(const Settings& settings);

} // namespace wta
