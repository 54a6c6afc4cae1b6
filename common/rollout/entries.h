// The certificates of a rollout as settings: lines of machine policy, an installer's property, agent.yaml.
#pragma once

#include "common/rollout/rollout.h"

#include <string>
#include <vector>

namespace wta {

// sha256=…;der=…;allow=…;note=… for each, as common/settings/certificate_string.h reads it; without parts
// that would be empty.
[[nodiscard]] std::vector<std::string> policy_entries(const Rollout& rollout);

// The same without notes, joined by '|': the property CERTIFICATES of the MSI. What is left are letters,
// digits and "=;|,+/_", of which no command line makes anything inside quotation marks.
[[nodiscard]] std::string installer_property(const Rollout& rollout);

// The whole file.
[[nodiscard]] std::string settings_file(const Rollout& rollout);

// Spelled as in the settings.
[[nodiscard]] std::vector<std::string> exception_names(const Exceptions& allow);
[[nodiscard]] std::string exception_names(const Exceptions& allow, std::string_view separator);

} // namespace wta
