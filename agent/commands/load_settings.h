// Reads every layer of the settings and makes one of them; refuses a file that ordinary users could have
// changed.
#pragma once

#include "agent/commands/options.h"
#include "agent/transport/transports.h"
#include "common/ports/registry.h"
#include "common/report/status_report.h"
#include "common/settings/settings_layers.h"
#include "common/trust/assessment.h"

#include <string>
#include <vector>

namespace wta {

struct LoadedSettings {
    // With problems, what is left of them for who must go on, as a resident must: `mode` is audit, no entry
    // is there that was not read whole, none that a lower layer may not name, and no source when it is not
    // known whom to trust in fetching from it. Everybody else ends with the problems.
    Settings settings;
    std::vector<Finding> problems;

    // Non-fatal, for the report of a run: setting_ignored, overridden_by_policy.
    std::vector<Finding> findings;

    std::string place;  // the file; empty: there is none
    std::string places; // the file and everything else that says anything: "C:\\…\\agent.yaml, --set"
    std::string digest; // SHA-256 of the text of the file, and of what other layers say; empty: none does

    std::vector<SettingsLayer> layers; // that were merged, in rising rank; without the built-in one
    std::vector<OverriddenCertificate> overridden; // of the layers

    // What to watch, to know when to load them again. Whether anything changed, the digest and the problems
    // tell.
    std::vector<std::string> looked_at;    // where a file was looked for
    std::vector<std::string> watched_keys; // relative to HKLM\SOFTWARE, with what is below; may be absent
};

// Machine policy, then --set, then the file (--config FILE, else where an installer says, else agent.yaml
// beside the program, else platform::shared_settings_file()), then an installer's defaults, then what is
// built in. With --image no registry counts. May be called again and again.
[[nodiscard]] LoadedSettings load_settings(const Options& options);

// The same over any registry; null: there is none.
[[nodiscard]] LoadedSettings load_settings(const Options& options, Registry* registry);

// What the report of a run says of its settings, but for the mode.
void describe_settings(const LoadedSettings& loaded, StatusReport& header);

// For commands that need no settings: a file that was named and does not exist is told all the same, because
// the caller believes that it counts.
[[nodiscard]] std::optional<Finding> missing_settings(const Options& options);

[[nodiscard]] TransportOptions transport_options(const Settings& settings);

} // namespace wta
